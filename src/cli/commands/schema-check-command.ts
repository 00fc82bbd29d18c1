import { applicationOptions, type ApplicationOptionInput } from '../../config/application-options.ts';
import { parseOptions } from '../../config/options.ts';
import type { KafkaOptionInput } from '../../config/kafka-options.ts';
import type { SchemaRegistryOptionInput } from '../../config/schema-registry-options.ts';
import type { Logger } from '../../core/logger.ts';
import { TopicSerdes } from '../../runtime/topics/topic-serdes.ts';
import type { SchemaCheck } from '../../serde/serde.ts';
import type { Topology } from '../../topology/topology.ts';
import { loadTopologies } from '../host/load-topologies.ts';
import { openBroker } from '../host/open-broker.ts';
import { lookAtSchemaRegistry } from '../host/schema-registry.ts';

/** What the check has found. */
export interface SchemaCheckResult {
  /** A line for each subject, and one for each reason below it. */
  readonly text: string;
  readonly isCompatible: boolean;
}

/** Checks the schemas that the topologies in these files write. Throws what opening the registry throws. */
export async function schemaCheckCommand(
  files: readonly string[],
  options: {
    readonly application: ApplicationOptionInput;
    readonly kafka: KafkaOptionInput;
    readonly schemaRegistry: SchemaRegistryOptionInput;
  },
  logger: Logger,
): Promise<SchemaCheckResult> {
  const topologies = await loadTopologies(files);
  const config = parseOptions(applicationOptions, options.application);
  const opened = await lookAtSchemaRegistry({
    input: options.schemaRegistry,
    dataDirectory: config.dataDirectory,
    logger,
    openBroker: () => openBroker(config, { kafka: options.kafka, logger }),
  });
  try {
    const checked: [Topology, readonly SchemaCheck[]][] = [];
    for (const topology of topologies) {
      checked.push([topology, await new TopicSerdes(topology, topology.name, opened.registry).check()]);
    }
    return report(checked);
  } finally {
    await opened.close();
  }
}

function report(checked: readonly (readonly [Topology, readonly SchemaCheck[]])[]): SchemaCheckResult {
  const lines = checked.flatMap(([{ name }, checks]) =>
    checks.length === 0 ? [`${name}: no schemas`] : checks.flatMap((check) => linesOf(name, check)),
  );
  const isCompatible = checked.every(([, checks]) =>
    checks.every(({ incompatibilities }) => incompatibilities.length === 0),
  );
  return { text: `${lines.join('\n')}\n`, isCompatible };
}

function linesOf(topology: string, { subject, isRegistered, incompatibilities }: SchemaCheck): string[] {
  const [first] = incompatibilities;
  const state = isRegistered ? 'registered' : first === undefined ? 'compatible, to be registered' : 'INCOMPATIBLE';
  return [`${topology}: ${subject}: ${state}`, ...incompatibilities.map((reason) => `  ${reason}`)];
}
