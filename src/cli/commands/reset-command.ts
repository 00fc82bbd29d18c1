import { existsSync } from 'node:fs';
import type { Broker } from '../../broker/port.ts';
import { type ApplicationOptionInput, applicationOptions } from '../../config/application-options.ts';
import type { KafkaOptionInput } from '../../config/kafka-options.ts';
import { parseOptions } from '../../config/options.ts';
import type { Logger } from '../../core/logger.ts';
import { signalTopicOf } from '../../mysql/source/signal-topic.ts';
import { offsetsTopicOf } from '../../mysql/source/source-topics.ts';
import { resetApplication, type ResetResult, type ResetTarget } from '../../runtime/reset-application.ts';
import type { Topology } from '../../topology/topology.ts';
import { confirm } from './confirm.ts';
import { brokerDirectoryOf, stateDirectoryOf, storeBackends } from '../host/data-directory.ts';
import { loadTopologies } from '../host/load-topologies.ts';
import { openBroker, usesKafka } from '../host/open-broker.ts';

/** What `reset` takes besides its files. */
export interface ResetOptions {
  readonly application: ApplicationOptionInput;
  readonly kafka: KafkaOptionInput;
  /** Deletes without asking. */
  readonly yes: boolean;
  /** Deletes the topics too that the topologies write to. */
  readonly outputTopics: boolean;
  /** Deletes the topics of the MySQL tables too, and how far they were read: the next run takes a new snapshot. */
  readonly source: boolean;
  /** Where they are to begin; absent, where each source says. */
  readonly to: ResetTarget | undefined;
  /** Only says what would be done. */
  readonly dryRun: boolean;
}

/**
 * Makes the topologies in these files start over. Stops nothing: throws BROKER_LOCKED while a process uses the data
 * directory, and CLI_CONFIRMATION_MISSING when nobody agrees.
 */
export async function resetCommand(files: readonly string[], options: ResetOptions, logger: Logger): Promise<void> {
  const topologies = await loadTopologies(files);
  const config = parseOptions(applicationOptions, options.application);
  if (!usesKafka(options) && !existsSync(brokerDirectoryOf(config))) {
    logger.info('nothing to reset: the data directory is empty', { directory: config.dataDirectory });
    return;
  }
  const broker = await openBroker(config, { kafka: options.kafka, logger });
  try {
    if (!options.yes && !options.dryRun) await confirm(questionOf(topologies, options));
    const { storeBackend } = storeBackends(config);
    for (const topology of topologies) {
      const stateDirectory = stateDirectoryOf(config);
      const { outputTopics, to, dryRun } = options;
      const result = await resetApplication({
        topology,
        broker,
        storeBackend,
        stateDirectory,
        outputTopics,
        dryRun,
        ...(to === undefined ? {} : { to }),
      });
      logger.info(dryRun ? 'would reset' : 'reset', { application: topology.name, ...describeResult(result) });
    }
    if (options.source) await resetSource(topologies, broker, { logger, dryRun: options.dryRun });
  } finally {
    await broker.close();
  }
}

/** Other applications that read the same tables must be reset as well: their offsets lead nowhere afterwards. */
async function resetSource(
  topologies: readonly Topology[],
  broker: Broker,
  { logger, dryRun }: { logger: Logger; dryRun: boolean },
): Promise<void> {
  const tables = topologies.flatMap((topology) => topology.mysqlTables);
  const wanted = tables.flatMap(({ topic, topicPrefix }) => [
    topic,
    offsetsTopicOf(topicPrefix),
    signalTopicOf(topicPrefix),
  ]);
  const topics = [...(await broker.admin.describeTopics([...new Set(wanted)])).keys()];
  if (!dryRun) await broker.admin.deleteTopics(topics);
  logger.info(dryRun ? 'would reset the MySQL source' : 'reset the MySQL source', {
    topicsDeleted: topics.join(', ') || 'none',
  });
}

function describeResult({ topics, offsets }: ResetResult): { readonly [name: string]: string } {
  const deleted = { topicsDeleted: topics.join(', ') || 'none' };
  if (offsets.length === 0) return deleted;
  return {
    ...deleted,
    begins: offsets.map(({ topic, partition, offset }) => `${topic}-${partition}: ${offset}`).join(', '),
  };
}

function questionOf(topologies: readonly Topology[], { outputTopics, source }: ResetOptions): string {
  const names = topologies.map(({ name }) => name).join(', ');
  const also = [
    ...(outputTopics ? ['the topics they write to'] : []),
    ...(source ? ['the captured MySQL tables'] : []),
  ];
  return `Delete offsets, internal topics and state of ${[names, ...also].join(' and ')}?`;
}
