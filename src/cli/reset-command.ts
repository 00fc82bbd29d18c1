import { existsSync } from 'node:fs';
import type { Broker } from '../broker/port.ts';
import { type ApplicationOptionInput, applicationOptions } from '../config/application-options.ts';
import { parseOptions } from '../config/options.ts';
import type { Logger } from '../core/logger.ts';
import { signalTopicOf } from '../mysql/source/signal-topic.ts';
import { offsetsTopicOf } from '../mysql/source/source-topics.ts';
import { resetApplication } from '../runtime/reset-application.ts';
import type { Topology } from '../topology/topology.ts';
import { confirm } from './confirm.ts';
import { brokerDirectoryOf, openBroker, stateDirectoryOf, storeBackends } from './data-directory.ts';
import { loadTopologies } from './load-topologies.ts';

/** What `reset` takes besides its files. */
export interface ResetOptions {
  readonly application: ApplicationOptionInput;
  /** Deletes without asking. */
  readonly yes: boolean;
  /** Deletes the topics too that the topologies write to. */
  readonly outputTopics: boolean;
  /** Deletes the topics of the MySQL tables too, and how far they were read: the next run takes a new snapshot. */
  readonly source: boolean;
}

/**
 * Makes the topologies in these files start over. Stops nothing: throws BROKER_LOCKED while a process uses the data
 * directory, and CLI_CONFIRMATION_MISSING when nobody agrees.
 */
export async function resetCommand(files: readonly string[], options: ResetOptions, logger: Logger): Promise<void> {
  const topologies = await loadTopologies(files);
  const config = parseOptions(applicationOptions, options.application);
  if (!existsSync(brokerDirectoryOf(config))) {
    logger.info('nothing to reset: the data directory is empty', { directory: config.dataDirectory });
    return;
  }
  const broker = await openBroker(config, { logger });
  try {
    if (!options.yes) await confirm(questionOf(topologies, options));
    const { storeBackend } = storeBackends(config);
    for (const topology of topologies) {
      const stateDirectory = stateDirectoryOf(config);
      const { outputTopics } = options;
      const { topics } = await resetApplication({ topology, broker, storeBackend, stateDirectory, outputTopics });
      logger.info('reset', { application: topology.name, topicsDeleted: topics.join(', ') || 'none' });
    }
    if (options.source) await resetSource(topologies, broker, logger);
  } finally {
    await broker.close();
  }
}

/** Other applications that read the same tables must be reset as well: their offsets lead nowhere afterwards. */
async function resetSource(topologies: readonly Topology[], broker: Broker, logger: Logger): Promise<void> {
  const tables = topologies.flatMap((topology) => topology.mysqlTables);
  const wanted = tables.flatMap(({ topic, topicPrefix }) => [
    topic,
    offsetsTopicOf(topicPrefix),
    signalTopicOf(topicPrefix),
  ]);
  const topics = [...(await broker.admin.describeTopics([...new Set(wanted)])).keys()];
  await broker.admin.deleteTopics(topics);
  logger.info('reset the MySQL source', { topicsDeleted: topics.join(', ') || 'none' });
}

function questionOf(topologies: readonly Topology[], { outputTopics, source }: ResetOptions): string {
  const names = topologies.map(({ name }) => name).join(', ');
  const also = [
    ...(outputTopics ? ['the topics they write to'] : []),
    ...(source ? ['the captured MySQL tables'] : []),
  ];
  return `Delete offsets, internal topics and state of ${[names, ...also].join(' and ')}?`;
}
