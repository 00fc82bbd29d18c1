import { join } from 'node:path';
import type { Broker } from '../broker/port.ts';
import { taskName } from '../core/task-id.ts';
import { partitionName, type TopicPartition } from '../core/topic-partition.ts';
import { storeVersion } from '../store/migrated-value.ts';
import type { StoreSpec } from '../store/store.ts';
import type { SourceNode } from '../topology/node.ts';
import { changelogTopicName, type Topology } from '../topology/topology.ts';
import { CleanupStack } from './cleanup-stack.ts';
import { type CommitWriter, PlainWriter, TransactionalWriter } from './commit-writer.ts';
import { GlobalTables } from './global-tables.ts';
import type { OpenThreadOptions } from './open-thread-options.ts';
import type { TaskPlan } from './partition-plan.ts';
import { type PreparedTopics, prepareTopics, type PrepareTopicsOptions, resolveSinkTopic } from './prepare-topics.ts';
import { RecordCollector } from './record-collector.ts';
import { RepartitionPurger } from './repartition-purger.ts';
import { changelogRanges, restoreStores, sourceRanges } from './restore.ts';
import type { RunningTask } from './running-task.ts';
import { byPartition, type InputPartition, type StartOffset, startOffsets } from './start-offsets.ts';
import { StreamThread } from './stream-thread.ts';
import { Task, type TaskInput } from './task.ts';
import {
  applicationDirectory,
  type ChangelogRange,
  openTaskStore,
  type TaskStore,
  type TaskStorePlan,
} from './task-store.ts';
import { topicNamesOf } from './topic-names.ts';

/** A thread ready to run, and how many records its stores were restored from. */
export interface OpenedThread {
  readonly thread: StreamThread;
  readonly restored: number;
}

/**
 * Prepares topics, fences earlier instances, opens and restores the stores and makes the tasks. Closes what it has opened
 * when it fails.
 */
export async function openThread(options: OpenThreadOptions): Promise<OpenedThread> {
  const cleanup = new CleanupStack();
  try {
    return await open(options, cleanup);
  } catch (error) {
    await cleanup
      .run()
      .catch((also: unknown) => options.logger.warn('could not close after a failed start', { error: also }));
    throw error;
  }
}

async function open(options: OpenThreadOptions, cleanup: CleanupStack): Promise<OpenedThread> {
  const { topology, broker, config, clock, logger } = options;
  const { applicationId, partitions } = config;
  const topicOptions: PrepareTopicsOptions = {
    topology,
    applicationId,
    admin: broker.admin,
    defaultPartitions: partitions,
    logger,
  };
  const topics = await prepareTopics(topicOptions);
  // First of all, so that nothing of an earlier instance is committed after offsets and changelogs are looked at.
  const writer = await openWriter(options);
  cleanup.defer(() => writer.close());
  const globalTables = await GlobalTables.open(options);
  if (globalTables !== null) cleanup.defer(() => globalTables.close());
  const { stores, restored } = await openStores(options, topics, cleanup);
  const collector = new RecordCollector(
    (topic) => topics.sinkPartitions.get(topic) ?? resolveSinkTopic(topic, topicOptions),
  );
  const tasks = await createTasks(options, { plans: topics.tasks, stores, globalTables, collector });
  const consumer = await broker.openConsumer();
  cleanup.defer(() => consumer.close());
  const repartitionTopics = new Set([...topology.repartitionTopics.keys()].map(topicNamesOf(topology, applicationId)));
  const purger = new RepartitionPurger(broker.admin, repartitionTopics, {
    clock,
    intervalMs: config.repartitionPurgeIntervalMs,
  });
  for (const { task } of tasks) task.init();
  const thread = new StreamThread({ tasks, globalTables, consumer, writer, collector, purger, config, clock });
  return { thread, restored: restored + (globalTables?.restored ?? 0) };
}

async function openWriter({ broker, config }: OpenThreadOptions): Promise<CommitWriter> {
  const group = config.applicationId;
  if (config.processingGuarantee === 'at_least_once') {
    return new PlainWriter(await broker.openProducer(), broker.admin, group);
  }
  return new TransactionalWriter(await broker.openTransactionalProducer(`${group}-0`), group);
}

async function openStores(
  options: OpenThreadOptions,
  { tasks, sourceChangelogs }: PreparedTopics,
  cleanup: CleanupStack,
): Promise<{ stores: readonly TaskStore[]; restored: number }> {
  const { broker, listener, logger, signal } = options;
  const storePlans = tasks.flatMap((plan) => storePlansOf(options, plan, sourceChangelogs));
  const ranges = await storeRanges(options, storePlans);
  // All at once: LevelDB replays its log when it opens, on a thread of its own.
  const opened = await Promise.allSettled(
    storePlans.map(async (plan) => {
      const { changelog } = plan;
      const range = changelog === null ? null : ranges.get(partitionName(changelog.topic, changelog.partition));
      const taskStore = await openTaskStore(plan, range ?? null, logger);
      cleanup.defer(() => taskStore.store.close());
      return taskStore;
    }),
  );
  const stores = opened.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  return { stores, restored: await restoreStores(stores, ranges, { broker, listener, signal }) };
}

/** What each store is restored from: its changelog, or what the group has committed of its source. */
async function storeRanges(
  { broker, config }: OpenThreadOptions,
  plans: readonly TaskStorePlan[],
): Promise<ReadonlyMap<string, ChangelogRange>> {
  const partitions = (fromSource: boolean): TopicPartition[] =>
    plans.flatMap((plan) => (plan.changelog !== null && plan.fromSource === fromSource ? [plan.changelog] : []));
  const own = await changelogRanges(broker, partitions(false));
  return new Map([...own, ...(await sourceRanges(broker, config.applicationId, partitions(true)))]);
}

function storePlansOf(
  options: OpenThreadOptions,
  plan: TaskPlan,
  sourceChangelogs: ReadonlyMap<string, string>,
): TaskStorePlan[] {
  const { topology, storeBackend, memoryBackend, config } = options;
  const task = taskName(plan.id);
  const taskDirectory = join(applicationDirectory(config.stateDirectory, config.applicationId), task);
  return plan.subTopology.stores.map((name) => {
    const spec = topology.stores.get(name) as StoreSpec<any, any>;
    const sourceTopic = sourceChangelogs.get(name);
    const topic = sourceTopic ?? changelogTopicName(config.applicationId, name);
    return {
      spec,
      task,
      backend: spec.storage === 'memory' ? memoryBackend : storeBackend,
      directory: join(taskDirectory, directoryOf(name, storeVersion(spec), sourceTopic)),
      earlierDirectories: Array.from({ length: storeVersion(spec) }, (_, version) =>
        join(taskDirectory, directoryOf(name, version)),
      ),
      changelog: spec.logged ? { topic, partition: plan.id.partition } : null,
      fromSource: sourceTopic !== undefined,
      // A memory engine needs no cache in front of it.
      cacheBytes: spec.storage === 'memory' ? 0 : config.storeCacheBytes,
    };
  });
}

/**
 * Where a store is kept. Positions of one topic mean nothing in another, nor values of one version in another: so the state
 * that goes with one is not taken for that of another.
 */
function directoryOf(store: string, version: number, sourceTopic?: string): string {
  if (sourceTopic !== undefined) return `${store}@source`;
  return version === 0 ? store : `${store}@v${version}`;
}

async function createTasks(
  options: OpenThreadOptions,
  parts: {
    plans: readonly TaskPlan[];
    stores: readonly TaskStore[];
    globalTables: GlobalTables | null;
    collector: RecordCollector;
  },
): Promise<RunningTask[]> {
  const { topology, broker, config, clock } = options;
  const { applicationId, maxTaskIdleMs } = config;
  const topicName = topicNamesOf(topology, applicationId);
  const starts = await startOffsets(broker.admin, applicationId, inputPartitions(topology, parts.plans, topicName));
  const waits = new Map(topology.tableWaits.map(({ stream, tables }) => [topicName(stream), tables.map(topicName)]));
  const ends = await tableEnds(broker, topology, { plans: parts.plans, topicName });
  const globalTables = parts.globalTables?.rows() ?? new Map<string, never>();
  const cacheBudget = { limitBytes: config.recordCacheBytes, usedBytes: 0 };
  const storesByTask = Map.groupBy(parts.stores, ({ plan }) => plan.task);
  return parts.plans.map(({ id, subTopology, sourceTopics }) => {
    const stores = storesByTask.get(taskName(id)) ?? [];
    const inputs = sourceTopics.map((sourceTopic): TaskInput => {
      const place = { topic: topicName(sourceTopic), partition: id.partition };
      const name = partitionName(place.topic, place.partition);
      const wait = { waitsFor: waits.get(place.topic) ?? [], catchUpOffset: ends.get(name) ?? 0 };
      return { ...place, sourceTopic, ...wait, ...(starts.get(name) as StartOffset) };
    });
    const task = new Task({
      applicationId,
      id,
      nodes: topology.nodes,
      nodeNames: subTopology.nodes,
      inputs,
      stores: new Map(stores.map(({ plan, store }) => [plan.spec.name, store])),
      globalTables,
      collector: parts.collector,
      topicName,
      clock,
      maxTaskIdleMs,
      cacheBudget,
    });
    return { task, stores };
  });
}

/** Where the partitions of tables that streams wait for end now. */
async function tableEnds(
  broker: Broker,
  topology: Topology,
  { plans, topicName }: { plans: readonly TaskPlan[]; topicName: (name: string) => string },
): Promise<ReadonlyMap<string, number>> {
  const tables = new Set(topology.tableWaits.flatMap((wait) => wait.tables));
  const partitions = plans.flatMap(({ id, sourceTopics }) =>
    sourceTopics
      .filter((topic) => tables.has(topic))
      .map((topic) => ({ topic: topicName(topic), partition: id.partition })),
  );
  if (partitions.length === 0) return new Map();
  return byPartition(await broker.admin.listOffsets(partitions, 'latest'));
}

function inputPartitions(
  topology: Topology,
  plans: readonly TaskPlan[],
  topicName: (name: string) => string,
): InputPartition[] {
  const resets = new Map<string, SourceNode['offsetReset']>();
  for (const node of topology.nodes.values()) {
    if (node.kind === 'source') for (const topic of node.topics) resets.set(topic, node.offsetReset);
  }
  return plans.flatMap(({ id, sourceTopics }) =>
    sourceTopics.map((topic) => ({
      topic: topicName(topic),
      partition: id.partition,
      offsetReset: topology.repartitionTopics.has(topic) ? 'earliest' : (resets.get(topic) as 'earliest' | 'latest'),
    })),
  );
}
