import type { PartitionOffset } from '../../broker/port.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { ReadOnlyStores } from '../../store/read-only/read-only-stores.ts';
import type { GlobalTables } from './global-tables.ts';
import type { ManagedTask } from '../tasks/managed-task.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';

/** Which partitions of a store are to be read. */
export interface StoreQueryOptions {
  /** This one only; absent, all that are here. */
  readonly partition?: number;
  /** Whether copies may answer, and partitions that are still being restored. */
  readonly allowStale?: boolean;
}

/** How up to date a partition of a store is that is here. */
export interface StoreStaleness {
  readonly partition: number;
  /** Whether it is the one that processing writes to: then it has everything that is processed. */
  readonly active: boolean;
  /** How many offsets of its changelog it is behind, as far as is known. */
  readonly lag: number;
  /**
   * The next record to process of each input of its task: what was read before is in it. Empty for a copy, which is known by
   * its changelog only.
   */
  readonly positions: readonly PartitionOffset[];
}

/** The stores that are in this event loop. */
export class LocalStores {
  readonly #pool: ThreadPool;
  readonly #globalTables: GlobalTables | null;

  constructor(pool: ThreadPool, globalTables: GlobalTables | null) {
    this.#pool = pool;
    this.#globalTables = globalTables;
  }

  /** Opens a store to be read. Throws RUNTIME_STORE_NOT_HERE for a partition that another instance has. */
  open(name: string, { partition, allowStale = false }: StoreQueryOptions): ReadOnlyStores {
    const global = this.#globalTables?.stores(name) ?? [];
    if (global.length > 0) return new ReadOnlyStores(global.map((store) => new Map([[name, store]])));
    const tasks = this.#tasksWith(name)
      .filter((task) => allowStale || task.phase === 'running')
      .filter(({ plan }) => partition === undefined || plan.id.partition === partition);
    if (partition !== undefined && tasks.length === 0) {
      throw new MillraceError(
        'RUNTIME_STORE_NOT_HERE',
        `Expected partition ${partition} of store "${name}" to be on this instance, got one that is elsewhere or on its way`,
        { context: { store: name, partition } },
      );
    }
    return new ReadOnlyStores(
      tasks.map(({ stores }) => new Map(stores.map(({ plan, store }) => [plan.spec.name, store]))),
    );
  }

  /** How up to date the partitions of a store are that are here. */
  staleness(name: string): readonly StoreStaleness[] {
    return this.#tasksWith(name).map((task) => ({
      partition: task.plan.id.partition,
      active: task.phase === 'running',
      lag: task.phase === 'running' ? 0 : this.#lagOf(task, name),
      positions: (task.running?.task.queues ?? []).map(({ topic, partition, position }) => ({
        topic,
        partition,
        offset: position,
      })),
    }));
  }

  #tasksWith(name: string): ManagedTask[] {
    const tasks = this.#pool.local.flatMap(({ manager }) => manager.tasks);
    return tasks.filter(({ stores }) => stores.some(({ plan }) => plan.spec.name === name));
  }

  #lagOf(task: ManagedTask, name: string): number {
    const statuses = this.#pool.local.flatMap(({ manager }) => manager.storesOf(task.name));
    const status = statuses.find(({ store }) => store === name);
    return status === undefined ? 0 : Math.max(0, status.endOffset - status.offset);
  }
}
