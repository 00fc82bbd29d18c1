import { partitionName } from '../../core/topic-partition.ts';
import type { CacheBudget } from '../../processor/update-cache.ts';
import type { SourceNode } from '../../topology/node.ts';
import type { Topology } from '../../topology/topology.ts';
import type { ErrorHandlers } from '../errors/error-handlers.ts';
import type { GlobalTables } from '../state/global-tables.ts';
import type { TaskPlan } from '../topics/partition-plan.ts';
import type { OutputProvider } from './record-collector.ts';
import type { RunningTask } from './running-task.ts';
import type { RuntimeEnvironment } from '../runtime-environment.ts';
import { byPartition, type InputPartition, type StartOffset, startOffsets } from '../topics/start-offsets.ts';
import { Task, type TaskInput } from './task.ts';
import type { TaskStore } from '../state/task-store.ts';
import { topicNamesOf } from '../topics/topic-names.ts';

/** A task whose stores are open and restored. */
export interface RestoredTask {
  readonly plan: TaskPlan;
  readonly stores: readonly TaskStore[];
}

/** What the tasks of a thread share. */
export interface TaskFactoryOptions {
  readonly environment: RuntimeEnvironment;
  readonly globalTables: GlobalTables | null;
  readonly collector: OutputProvider;
  /** Null where every error is the application's end. */
  readonly errorHandlers: ErrorHandlers | null;
}

/** Makes the tasks of a thread. */
export class TaskFactory {
  readonly #options: TaskFactoryOptions;
  readonly #topicName: (name: string) => string;
  /** The topics that wait for tables, with those. */
  readonly #waits: ReadonlyMap<string, readonly string[]>;
  readonly #cacheBudget: CacheBudget;

  constructor(options: TaskFactoryOptions) {
    const { topology, config } = options.environment;
    const topicName = topicNamesOf(topology, config.applicationId);
    this.#options = options;
    this.#topicName = topicName;
    this.#waits = new Map(topology.tableWaits.map(({ stream, tables }) => [topicName(stream), tables.map(topicName)]));
    this.#cacheBudget = { limitBytes: config.recordCacheBytes, usedBytes: 0 };
  }

  /** Makes tasks that go on where the group's committed offsets are now. Their processors are not initialized yet. */
  async create(restored: readonly RestoredTask[]): Promise<RunningTask[]> {
    const { broker, topology, config } = this.#options.environment;
    const plans = restored.map(({ plan }) => plan);
    const inputs = inputPartitions(topology, plans, this.#topicName);
    const starts = await startOffsets(broker.admin, config.applicationId, inputs);
    const ends = await this.#tableEnds(plans);
    return restored.map(({ plan, stores }) => ({ task: this.#task(plan, stores, { starts, ends }), stores }));
  }

  /** To be told when all its tasks were closed: what they held back is dropped. */
  dropHeldBack(): void {
    this.#cacheBudget.usedBytes = 0;
  }

  #task(
    { id, subTopology, sourceTopics }: TaskPlan,
    stores: readonly TaskStore[],
    offsets: { starts: ReadonlyMap<string, StartOffset>; ends: ReadonlyMap<string, number> },
  ): Task {
    const { environment, globalTables, collector, errorHandlers } = this.#options;
    const { topology, clock, config } = environment;
    const inputs = sourceTopics.map((sourceTopic): TaskInput => {
      const place = { topic: this.#topicName(sourceTopic), partition: id.partition };
      const name = partitionName(place.topic, place.partition);
      const wait = { waitsFor: this.#waits.get(place.topic) ?? [], catchUpOffset: offsets.ends.get(name) ?? 0 };
      return { ...place, sourceTopic, ...wait, ...(offsets.starts.get(name) as StartOffset) };
    });
    return new Task({
      applicationId: config.applicationId,
      id,
      nodes: topology.nodes,
      nodeNames: subTopology.nodes,
      inputs,
      stores: new Map(stores.map(({ plan, store }) => [plan.spec.name, store])),
      globalTables: globalTables?.rows() ?? new Map(),
      collector,
      topicName: this.#topicName,
      clock,
      maxTaskIdleMs: config.maxTaskIdleMs,
      cacheBudget: this.#cacheBudget,
      ...(errorHandlers === null ? {} : { errorHandlers }),
    });
  }

  /** Where the partitions of tables that streams wait for end now. */
  async #tableEnds(plans: readonly TaskPlan[]): Promise<ReadonlyMap<string, number>> {
    const { topology, broker } = this.#options.environment;
    const tables = new Set(topology.tableWaits.flatMap((wait) => wait.tables));
    const partitions = plans.flatMap(({ id, sourceTopics }) =>
      sourceTopics
        .filter((topic) => tables.has(topic))
        .map((topic) => ({ topic: this.#topicName(topic), partition: id.partition })),
    );
    if (partitions.length === 0) return new Map();
    return byPartition(await broker.admin.listOffsets(partitions, 'latest'));
  }
}

/** The partitions that tasks read, and where they begin where nothing is committed. */
export function inputPartitions(
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
