import type { PartitionOffset } from '../../broker/port.ts';
import { taskName } from '../../core/task-id.ts';
import type { TopicPartition } from '../../core/topic-partition.ts';
import type { StorePartition } from '../../store/read-only/read-only-stores.ts';
import type { TimestampedKeyValueStore } from '../../store/store.ts';
import type { GlobalTables } from '../state/global-tables.ts';
import type { ManagedTask } from '../tasks/managed-task.ts';

/** A partition of a store that this instance has. */
export interface LocalPartition {
  readonly partition: number;
  /** `1_3`; `global` for a global table. */
  readonly task: string;
  /** Whether its task processes here. The others may be behind. */
  readonly isActive: boolean;
  /** The store, with those that it is kept in too. */
  readonly stores: StorePartition;
  /** Up to where the group has committed what the task reads; empty where it does not run here. */
  readonly inputs: readonly PartitionOffset[];
  /** Its changelog, and up to where it has that; null without one. */
  readonly changelog: (TopicPartition & { readonly offset: number; readonly isSource: boolean }) | null;
}

/** What a task of this instance has of a store; null while there is nothing to be read. */
export function localPartition(task: ManagedTask, store: string): LocalPartition | null {
  const { plan, running, stores, closed } = task;
  if (closed || !plan.subTopology.stores.includes(store)) return null;
  const opened = stores.find((each) => each.plan.spec.name === store);
  if (opened === undefined) return null;
  const { changelog, fromSource } = opened.plan;
  return {
    partition: plan.id.partition,
    task: taskName(plan.id),
    isActive: running !== null,
    stores: new Map<string, TimestampedKeyValueStore<any, any>>(
      stores.map((each) => [each.plan.spec.name, each.store]),
    ),
    inputs: (running?.task.queues ?? []).map(({ topic, partition, committedOffset }) => ({
      topic,
      partition,
      offset: committedOffset,
    })),
    changelog: changelog === null ? null : { ...changelog, offset: opened.store.position ?? 0, isSource: fromSource },
  };
}

/** The partitions of a global table. */
export function globalPartitions(tables: GlobalTables | null, store: string): LocalPartition[] {
  return (tables?.taskStores(store) ?? []).map(({ plan, store: opened }) => {
    const place = plan.changelog as TopicPartition;
    const offset = opened.position ?? 0;
    return {
      partition: place.partition,
      task: plan.task,
      isActive: true,
      stores: new Map<string, TimestampedKeyValueStore<any, any>>([[store, opened]]),
      inputs: [{ ...place, offset }],
      changelog: { ...place, offset, isSource: true },
    };
  });
}
