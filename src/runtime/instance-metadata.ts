import { partitionForKey } from '../core/murmur2.ts';
import { type TaskId, taskName } from '../core/task-id.ts';
import type { SharedParts } from './shared-parts.ts';
import type { TaskHost } from './assignment/assignment-data.ts';

/** One partition of a store. */
export interface StorePartition {
  readonly store: string;
  readonly partition: number;
}

/** An instance of the application that can be asked, and what it has, as the group decided last. */
export interface InstanceMetadata {
  /** Its `applicationServer`: `host:port`. */
  readonly endpoint: string;
  readonly isThisInstance: boolean;
  readonly activeTasks: readonly string[];
  readonly standbyTasks: readonly string[];
  /** The partitions of stores that it keeps for processing. */
  readonly active: readonly StorePartition[];
  /** Those that it has copies of, which may be stale. */
  readonly standby: readonly StorePartition[];
}

/** Where a key of a store is. */
export interface KeyMetadata extends StorePartition {
  /** The endpoint of the instance that processes it; null where that has none, or nobody does yet. */
  readonly active: string | null;
  /** The endpoints of those that have a copy. */
  readonly standbys: readonly string[];
}

/** The instances of an application. */
export function instancesOf(shared: SharedParts, hosts: readonly TaskHost[]): readonly InstanceMetadata[] {
  const { applicationServer } = shared.environment.config;
  return hosts.map(({ endpoint, active, standby }) => ({
    endpoint,
    isThisInstance: endpoint === applicationServer,
    activeTasks: active.map(taskName),
    standbyTasks: standby.map(taskName),
    active: storePartitions(shared, active),
    standby: storePartitions(shared, standby),
  }));
}

/** The partitions that a store has: one for each task of its sub-topology. 0 for a global table, which every instance has whole. */
export function partitionsOfStore({ plans }: SharedParts, store: string): number {
  return [...plans.values()].filter(({ subTopology }) => subTopology.stores.includes(store)).length;
}

/** Where a key is whose bytes are these, the partitioner being Kafka's default. */
export function metadataForKey(
  instances: readonly InstanceMetadata[],
  { store, partitions, key }: { store: string; partitions: number; key: Buffer },
): KeyMetadata {
  const partition = partitionForKey(key, partitions);
  const isIt = (each: StorePartition): boolean => each.store === store && each.partition === partition;
  return {
    store,
    partition,
    active: instances.find(({ active }) => active.some(isIt))?.endpoint ?? null,
    standbys: instances.filter(({ standby }) => standby.some(isIt)).map(({ endpoint }) => endpoint),
  };
}

function storePartitions({ plans }: SharedParts, tasks: readonly TaskId[]): StorePartition[] {
  return tasks.flatMap((id) =>
    (plans.get(taskName(id))?.subTopology.stores ?? []).map((store) => ({ store, partition: id.partition })),
  );
}
