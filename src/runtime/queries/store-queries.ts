import type { Broker, PartitionOffset } from '../../broker/port.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { partitionForKey } from '../../core/murmur2.ts';
import { taskName } from '../../core/task-id.ts';
import { ReadOnlyStores } from '../../store/read-only/read-only-stores.ts';
import type { Topology } from '../../topology/topology.ts';
import type { TaskStatus } from '../application-status.ts';
import type { TaskHost } from '../assignment/assignment-data.ts';
import type { GlobalTables } from '../state/global-tables.ts';
import type { ManagedTask } from '../tasks/managed-task.ts';
import type { TaskPlan } from '../topics/partition-plan.ts';
import type { WorkerThread } from '../workers/worker-thread.ts';
import { globalPartitions, type LocalPartition, localPartition } from './local-partition.ts';
import { describeStores, type StoreDescription } from './store-description.ts';
import { StorePositions } from './store-positions.ts';

/** What queries are answered from. */
export interface StoreQueriesOptions {
  readonly topology: Topology;
  readonly applicationId: string;
  readonly broker: Broker;
  readonly globalTables: GlobalTables | null;
  /** All tasks of the application. */
  readonly plans: readonly TaskPlan[];
  /** The tasks that the threads of this instance have now. */
  readonly tasks: () => readonly ManagedTask[];
  /** The threads of this instance that are in workers. */
  readonly workers: () => readonly Pick<WorkerThread, 'endpoint' | 'status'>[];
  /** Who has what over all instances, as far as this one was told. */
  readonly hosts: () => readonly TaskHost[];
  /** Where other instances reach this one, or null. */
  readonly endpoint: string | null;
}

/** Which partitions of a store are read. */
export interface StoreReadOptions {
  /** Reads standbys, and tasks that are being restored, too: they may be behind. Default false. */
  readonly allowStale?: boolean | undefined;
  /** Default all that are here. */
  readonly partitions?: readonly number[] | undefined;
}

/** Where a partition of a store is. */
export interface PartitionLocation {
  readonly partition: number;
  /** The `host:port` of the instance that processes it; null where none is known. */
  readonly active: string | null;
  /** Those of the instances that have a copy. */
  readonly standby: readonly string[];
}

/** How long a store may take to reach positions, and which of its partitions are to. */
export interface PositionOptions extends StoreReadOptions {
  readonly timeoutMs: number;
}

/** The stores of an application: what this instance has of them, and which instance has the rest. */
export class StoreQueries {
  readonly #options: StoreQueriesOptions;
  readonly #stores: ReadonlyMap<string, StoreDescription>;
  readonly #positions: StorePositions;

  constructor(options: StoreQueriesOptions) {
    const { topology, plans, globalTables } = options;
    this.#options = options;
    this.#stores = describeStores(topology, plans, (name) => globalTables?.stores(name).length ?? 0);
    this.#positions = new StorePositions(options);
  }

  /** Every store, in the order of the topology. */
  get stores(): readonly StoreDescription[] {
    return [...this.#stores.values()];
  }

  /** A store by its name. Throws RUNTIME_UNKNOWN_STORE. */
  describe(name: string): StoreDescription {
    const store = this.#stores.get(name);
    if (store !== undefined) return store;
    throw new MillraceError(
      'RUNTIME_UNKNOWN_STORE',
      `Expected a store of the topology (${[...this.#stores.keys()].join(', ')}), got "${name}"`,
    );
  }

  /** The partitions that a key may be in, given its bytes: one, unless something else than the key decides. */
  partitionsOf(name: string, key: Buffer): readonly number[] {
    const { partitions, isPlacedByKey } = this.describe(name);
    return isPlacedByKey ? [partitionForKey(key, partitions)] : Array.from({ length: partitions }, (_, index) => index);
  }

  /** What this event loop has of a store, in the order of partitions. */
  local(name: string, { allowStale = false, partitions }: StoreReadOptions = {}): readonly LocalPartition[] {
    const found = this.describe(name).isGlobal
      ? globalPartitions(this.#options.globalTables, name)
      : this.#options.tasks().flatMap((task) => localPartition(task, name) ?? []);
    return found
      .filter(({ isActive, partition }) => (isActive || allowStale) && partitions?.includes(partition) !== false)
      .toSorted((a, b) => a.partition - b.partition);
  }

  /** The same, to be read only. */
  read(name: string, options: StoreReadOptions = {}): ReadOnlyStores {
    return new ReadOnlyStores(this.local(name, options).map(({ stores }) => stores));
  }

  /** Where the partitions of a store are. Those of a global table are everywhere. */
  locate(name: string): readonly PartitionLocation[] {
    const { partitions, isGlobal } = this.describe(name);
    const { hosts, endpoint } = this.#options;
    const subTopology = this.#subTopologyOf(name);
    const known = hosts();
    return Array.from({ length: partitions }, (_, partition) => {
      if (isGlobal) return { partition, active: endpoint, standby: [] };
      const has = (tasks: TaskHost['active']): boolean =>
        tasks.some((task) => task.subTopology === subTopology && task.partition === partition);
      return {
        partition,
        active: known.find(({ active }) => has(active))?.endpoint ?? null,
        standby: known.filter(({ standby }) => has(standby)).map((host) => host.endpoint),
      };
    });
  }

  /**
   * The endpoint of the worker of this instance that answers for a partition of a store; null where none has it. `allowStale`
   * as in `local`.
   */
  workerWith(name: string, partition: number, allowStale: boolean): string | null {
    const task = taskName({ subTopology: this.#subTopologyOf(name) ?? -1, partition });
    const isIt = (each: TaskStatus): boolean => each.task === task && (allowStale || each.phase === 'running');
    const found = this.#options
      .workers()
      .find(({ status }) => status.active.some(isIt) || (allowStale && status.standby.some(isIt)));
    return found?.endpoint ?? null;
  }

  /** All instances that can be asked, and the tasks they have. */
  get hosts(): readonly TaskHost[] {
    return this.#options.hosts();
  }

  /** Where other instances reach this one, or null. */
  get endpoint(): string | null {
    return this.#options.endpoint;
  }

  /**
   * Resolves when what this instance has of a store shows everything that comes of the records before these offsets. They
   * may be of any topic that the store is made from, also through repartition topics; those of topics that its own task
   * reads count for the partition of that number alone.
   * Throws QUERY_POSITION_TIMEOUT, and QUERY_INVALID for a topic that the store is not made from.
   */
  async reached(name: string, bounds: readonly PartitionOffset[], options: PositionOptions): Promise<void> {
    const { timeoutMs, ...which } = options;
    this.describe(name);
    await this.#positions.reached(name, bounds, { timeoutMs, local: () => this.local(name, which) });
  }

  #subTopologyOf(store: string): number | undefined {
    return this.#options.topology.subTopologies.find(({ stores }) => stores.includes(store))?.id;
  }
}
