import type { BrokerAdmin, NewTopic, TopicConfig, TopicDescription } from '../../broker/port.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { StoreSpec } from '../../store/store.ts';
import type { CleanupPolicy } from '../../topology/node.ts';
import { changelogTopicName, type Topology } from '../../topology/topology.ts';
import { deadLetterTopicOf } from '../errors/error-policies.ts';
import { type PartitionCounts, planPartitions, planTasks, taskCount, type TaskPlan } from './partition-plan.ts';
import type { RuntimeConfig } from '../runtime-config.ts';
import { usableSourceChangelogs } from '../state/source-changelogs.ts';
import { topicNamesOf } from './topic-names.ts';

/** What topics are prepared for. */
export interface PrepareTopicsOptions {
  readonly topology: Topology;
  readonly admin: BrokerAdmin;
  readonly config: RuntimeConfig;
  readonly logger: Logger;
}

/** The topics of an application, all there. */
export interface PreparedTopics {
  readonly tasks: readonly TaskPlan[];
  /** By the full name: the partitions of every topic that a sink names. */
  readonly sinkPartitions: ReadonlyMap<string, number>;
  /** By the full name: how large key and value of a record may be, where the application goes on without larger ones. */
  readonly maxRecordBytes: ReadonlyMap<string, number>;
  /** By store: the source topic that is its changelog, where it has none of its own. */
  readonly sourceChangelogs: ReadonlyMap<string, string>;
  /** What they were prepared for. */
  readonly options: PrepareTopicsOptions;
}

const REPARTITION_CONFIG: TopicConfig = { 'cleanup.policy': 'delete', 'retention.ms': -1 };
const NO_CHANGELOGS: ReadonlyMap<string, string> = new Map();

/**
 * Checks the source topics, and creates the internal topics and the sink topics that are not there.
 *
 * Throws RUNTIME_SOURCE_TOPIC_MISSING, RUNTIME_PARTITIONS_DIFFER, RUNTIME_OPTIMIZATION_CHANGED and RUNTIME_INTERNAL_TOPIC_MISMATCH. Kafka Streams leaves sink
 * topics to the broker; here they are created, so that nothing has to be set up before the first run.
 */
export async function prepareTopics(options: PrepareTopicsOptions): Promise<PreparedTopics> {
  const { topology, config, admin } = options;
  const { applicationId } = config;
  const topicName = topicNamesOf(topology, applicationId);
  const external = [...externalSourceTopics(topology)];
  const written = writtenTopics(options);
  const sinks = [...written.keys()].map(topicName);
  const existing = new Map(await admin.describeTopics([...new Set([...external, ...sinks])]));
  await createSinkTopics(options, existing, topicName);
  checkSources(external, existing);
  const counts = planPartitions(topology, new Map(external.map((topic) => [topic, partitionsOf(existing, topic)])));
  // A store would be restored with the rows too that are passed over.
  const reusesSources = config.deserializationErrors === 'fail';
  const sourceChangelogs = reusesSources ? usableSourceChangelogs(topology, existing, options.logger) : NO_CHANGELOGS;
  await mustHaveNoChangelogs(options, [...sourceChangelogs.keys()]);
  await createInternalTopics(options, internalTopics(options, sourceChangelogs, counts));
  const sinkPartitions = new Map<string, number>();
  for (const name of written.keys()) {
    sinkPartitions.set(topicName(name), counts.get(name) ?? partitionsOf(existing, name));
  }
  const maxRecordBytes = config.productionErrors === 'fail' ? new Map<string, number>() : recordLimits(existing);
  return { tasks: planTasks(topology, counts), sinkPartitions, maxRecordBytes, sourceChangelogs, options };
}

/** Finds how many partitions a topic has that a record was sent to, creating it where it does not exist. */
export async function resolveSinkTopic(topic: string, options: PrepareTopicsOptions): Promise<number> {
  const existing = (await options.admin.describeTopics([topic])).get(topic);
  if (existing !== undefined) return existing.partitions;
  await createSinkTopic(options, topic, 'delete');
  return options.config.partitions;
}

function changelogConfig({ changelogRetentionMs }: StoreSpec): TopicConfig {
  if (changelogRetentionMs === undefined) return { 'cleanup.policy': 'compact' };
  return { 'cleanup.policy': 'compact,delete', 'retention.ms': changelogRetentionMs };
}

/** The internal topics that a topology needs, with their full names. */
function internalTopics(
  { topology, config }: PrepareTopicsOptions,
  sourceChangelogs: ReadonlyMap<string, string>,
  counts: PartitionCounts,
): NewTopic[] {
  const { applicationId } = config;
  const topicName = topicNamesOf(topology, applicationId);
  const repartitions = [...topology.repartitionTopics.keys()].map((name) => ({
    name: topicName(name),
    partitions: counts.get(name) as number,
    config: REPARTITION_CONFIG,
  }));
  const changelogs = topology.subTopologies.flatMap((part) =>
    part.stores
      .filter((store) => topology.stores.get(store)?.logged === true && !sourceChangelogs.has(store))
      .map((store) => ({
        name: changelogTopicName(applicationId, store),
        partitions: taskCount(part, counts),
        config: changelogConfig(topology.stores.get(store) as StoreSpec),
      })),
  );
  return [...repartitions, ...changelogs].filter(({ partitions }) => partitions > 0);
}

/** A changelog that is no longer written would be taken for the whole state by a later run that goes back to it. */
async function mustHaveNoChangelogs(options: PrepareTopicsOptions, stores: readonly string[]): Promise<void> {
  const topics = stores.map((store) => changelogTopicName(options.config.applicationId, store));
  const [topic] = (await options.admin.describeTopics(topics)).keys();
  if (topic === undefined) return;
  throw new MillraceError(
    'RUNTIME_OPTIMIZATION_CHANGED',
    `Expected no changelog "${topic}" of a store whose source topic serves as one, got one from an earlier run`,
    { context: { application: options.config.applicationId, topic } },
  );
}

async function createInternalTopics(options: PrepareTopicsOptions, topics: readonly NewTopic[]): Promise<void> {
  const existing = await options.admin.describeTopics(topics.map(({ name }) => name));
  mustHavePartitions(options, topics, existing);
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return;
  for (const topic of missing) await createIfMissing(options.admin, topic);
  // Another instance may have been first, with another topology.
  mustHavePartitions(options, missing, await options.admin.describeTopics(missing.map(({ name }) => name)));
  options.logger.info('created internal topics', { topics: missing.map(({ name }) => name) });
}

/** Creates a topic, unless another instance is first. */
async function createIfMissing(admin: BrokerAdmin, topic: NewTopic): Promise<void> {
  try {
    await admin.createTopics([topic]);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'TOPIC_ALREADY_EXISTS') throw error;
  }
}

function mustHavePartitions(
  options: PrepareTopicsOptions,
  topics: readonly NewTopic[],
  existing: ReadonlyMap<string, TopicDescription>,
): void {
  for (const { name, partitions } of topics) {
    const found = existing.get(name)?.partitions ?? partitions;
    if (found === partitions) continue;
    throw new MillraceError(
      'RUNTIME_INTERNAL_TOPIC_MISMATCH',
      `Expected the internal topic "${name}" to have ${partitions} partitions, got ${found}`,
      { context: { application: options.config.applicationId, topic: name } },
    );
  }
}

async function createSinkTopics(
  options: PrepareTopicsOptions,
  existing: Map<string, TopicDescription>,
  topicName: (name: string) => string,
): Promise<void> {
  for (const [name, cleanupPolicy] of writtenTopics(options)) {
    const topic = topicName(name);
    if (options.topology.repartitionTopics.has(name) || existing.has(topic)) continue;
    await createSinkTopic(options, topic, cleanupPolicy);
    existing.set(topic, (await options.admin.describeTopics([topic])).get(topic) ?? made(topic, options));
  }
}

/** What a topic is that was made just now, where the broker does not know it yet. */
function made(name: string, { config }: PrepareTopicsOptions): TopicDescription {
  return { name, partitions: config.partitions, config: {} };
}

async function createSinkTopic(
  options: PrepareTopicsOptions,
  topic: string,
  cleanupPolicy: CleanupPolicy,
): Promise<void> {
  const partitions = options.config.partitions;
  await createIfMissing(options.admin, { name: topic, partitions, config: { 'cleanup.policy': cleanupPolicy } });
  options.logger.info('created a topic that the topology writes to', { topic, partitions });
}

function checkSources(topics: readonly string[], existing: ReadonlyMap<string, TopicDescription>): void {
  const missing = topics.filter((topic) => !existing.has(topic));
  if (missing.length === 0) return;
  throw new MillraceError(
    'RUNTIME_SOURCE_TOPIC_MISSING',
    `Expected every source topic to exist, got no topic "${missing.join('", "')}"`,
    { context: { topic: missing[0] } },
  );
}

function partitionsOf(existing: ReadonlyMap<string, TopicDescription>, topic: string): number {
  return (existing.get(topic) as TopicDescription).partitions;
}

function externalSourceTopics(topology: Topology): Set<string> {
  const topics = topology.subTopologies.flatMap((part) => part.sourceTopics);
  const external = topics.filter((topic) => !topology.repartitionTopics.has(topic));
  return new Set([...external, ...[...topology.globalTables.values()].map(({ topic }) => topic)]);
}

/** The topics that are written to besides those that sinks choose for each record. */
function writtenTopics({ topology, config }: PrepareTopicsOptions): ReadonlyMap<string, CleanupPolicy> {
  const deadLetters = deadLetterTopicOf(config);
  const sinks = fixedSinkTopics(topology);
  return deadLetters === null ? sinks : new Map([...sinks, [deadLetters, 'delete' as const]]);
}

/** What a broker counts beside key and value: the headers of a batch and of a record. */
const RECORD_OVERHEAD_BYTES = 128;

function recordLimits(topics: ReadonlyMap<string, TopicDescription>): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const [topic, { config }] of topics) {
    const limit = config['max.message.bytes'];
    if (limit !== undefined) limits.set(topic, limit - RECORD_OVERHEAD_BYTES);
  }
  return limits;
}

/** How the topics that sinks name keep their records; a topic that one sink wants whole is not compacted for another. */
function fixedSinkTopics(topology: Topology): ReadonlyMap<string, CleanupPolicy> {
  const topics = new Map<string, CleanupPolicy>();
  for (const node of topology.nodes.values()) {
    if (node.kind !== 'sink' || typeof node.topic !== 'string') continue;
    const { topic, cleanupPolicy = 'delete' } = node;
    const known = topics.get(topic);
    topics.set(topic, known === undefined || known === cleanupPolicy ? cleanupPolicy : 'delete');
  }
  return topics;
}
