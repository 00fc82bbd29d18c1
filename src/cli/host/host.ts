import {
  applicationOptions,
  type ApplicationOptionInput,
  type ApplicationOptions,
} from '../../config/application-options.ts';
import type { EmbeddedBrokerOptionInput } from '../../config/embedded-broker-options.ts';
import type { KafkaOptionInput } from '../../config/kafka-options.ts';
import type { MysqlOptionInput } from '../../config/mysql-options.ts';
import { parseOptions } from '../../config/options.ts';
import type { SchemaRegistryOptionInput } from '../../config/schema-registry-options.ts';
import type { ServerOptionInput } from '../../config/server-options.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { Application } from '../../runtime/application.ts';
import type { ApplicationListener } from '../../runtime/application-listener.ts';
import type { RuntimeConfigInput } from '../../runtime/runtime-config.ts';
import type { SchemaRegistry } from '../../serde/registry/schema-registry.ts';
import type { Topology } from '../../topology/topology.ts';
import { awaitBroker } from './await-broker.ts';
import { stateDirectoryOf, storeBackends } from './data-directory.ts';
import { type Host, RunningHost } from './running-host.ts';
import { sourcePlan } from '../capture/source-plan.ts';
import { startOrder } from './start-order.ts';
import { shareStoreMemory } from './store-memory.ts';
import { threadHost } from '../workers/worker-threads.ts';

/** What to run, and how. Options that are not given have the defaults of `docs/configuration.md`. */
export interface HostOptions {
  readonly topologies: readonly Topology[];
  /**
   * The files that export them. With these, on Kafka, each thread beyond the first is a worker thread, which loads them for
   * itself: functions cannot be sent there. Without, or on the embedded broker, all threads share one event loop.
   */
  readonly topologyFiles?: readonly string[];
  readonly application?: ApplicationOptionInput;
  readonly broker?: EmbeddedBrokerOptionInput;
  /** With `kafka` in it, a Kafka cluster is used, and the embedded broker is not. */
  readonly kafka?: KafkaOptionInput;
  /** Needed when a topology reads MySQL tables. */
  readonly mysql?: MysqlOptionInput;
  /** `database.table` of those MySQL tables to take a new snapshot of, whatever is committed; `all` is every one. */
  readonly resnapshot?: readonly string[];
  readonly schemaRegistry?: SchemaRegistryOptionInput;
  /** Has it serve the HTTP API; without it there is none. */
  readonly server?: ServerOptionInput;
  readonly logger?: Logger;
  /** Stops it while it starts too; later `stop` does. */
  readonly signal?: AbortSignal;
  /** Is told what each application does, by its name. */
  readonly listenerOf?: (application: string) => ApplicationListener;
}

/**
 * Starts the embedded broker, the MySQL source and an application for each topology, and resolves when all are running,
 * while the snapshot may still be going on. Throws what keeps any of them from starting, with everything stopped again.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const config = parseOptions(applicationOptions, options.application ?? {});
  const logger = options.logger ?? silentLogger;
  mustHaveOwnNames(options.topologies);
  const source = sourcePlan(options);
  const broker = await awaitBroker(config, { ...options, logger });
  const parts = new RunningHost(broker);
  parts.stopWith(options.signal);
  try {
    const applicationServer = await parts.openApi(options.server, {
      applicationServer: config.applicationServer,
      hasApplications: true,
      logger,
    });
    const isAvro = source?.rowEncoding === 'avro';
    const schemas = await parts.openSchemas({ ...options, isNeeded: isAvro }, config, logger);
    if (source !== null) {
      const { rowEncoding: _encoding, ...plan } = source;
      const rowRegistry = isAvro ? (schemas.schemaRegistry ?? null) : null;
      const { captureOf } = await import('../capture/capture.ts');
      const capture = captureOf(plan, { broker, partitions: config.partitions, logger, rowRegistry });
      await parts.startCapture(capture, { dataDirectory: config.dataDirectory, topicPrefix: source.topicPrefix });
      if (parts.source === null && (source.resnapshot?.length ?? 0) > 0)
        logger.warn('no new snapshots: another process captures; ask for them where it is started');
    }
    await startApplications(parts, { ...config, applicationServer, schemas }, options);
  } catch (error) {
    await parts.stop().catch(() => undefined);
    throw error;
  }
  return parts;
}

async function startApplications(
  parts: RunningHost,
  { schemas, ...config }: ApplicationOptions & { readonly schemas: { readonly schemaRegistry?: SchemaRegistry } },
  { logger = silentLogger, ...options }: HostOptions,
): Promise<void> {
  const { storeCacheBytes, levelDb } = shareStoreMemory(options.topologies, config);
  const runtimeConfig = { ...runtimeInput(config), storeCacheBytes };
  const { storeBackend, dataDirectory } = config;
  const shared = { broker: parts.broker, ...storeBackends(config, levelDb), ...schemas, config: runtimeConfig, logger };
  const workers = { ...options, storeBackend, dataDirectory, levelDb, ...parts.workersAsk(options.schemaRegistry) };
  for (const topology of startOrder(options.topologies)) {
    const stateListener = options.listenerOf?.(topology.name) ?? {};
    const host = threadHost({ ...workers, topology, config: runtimeConfig });
    await parts.startApplication(topology, new Application({ ...shared, ...host, topology, stateListener }));
  }
}

function runtimeInput(config: ApplicationOptions): RuntimeConfigInput {
  const { dataDirectory: _directory, storeBackend: _backend, storeMemoryBytes: _memory, ...options } = config;
  return { ...options, stateDirectory: stateDirectoryOf(config) };
}

function mustHaveOwnNames(topologies: readonly Topology[]): void {
  const names = new Set<string>();
  for (const { name } of topologies) {
    if (names.has(name))
      throw new MillraceError('CONFIG_INVALID', `Expected each topology to have its own name, got "${name}" twice`);
    names.add(name);
  }
}
