import type { Broker, BrokerConsumer, ConsumedBatch, ConsumedRecord } from '../broker/port.ts';
import { partitionName, type TopicPartition } from '../core/topic-partition.ts';
import type { ChangelogRecord } from '../store/layers/buffered-store.ts';
import { migratedValue, storeVersion } from '../store/migrated-value.ts';
import type { ApplicationListener, RestoreProgress } from './application-listener.ts';
import { byPartition } from './start-offsets.ts';
import type { ChangelogRange, TaskStore } from './task-store.ts';

/** What restoring needs. */
export interface RestoreOptions {
  readonly broker: Broker;
  readonly listener: ApplicationListener;
  /** Ends the restore early; what is restored so far stays valid. */
  readonly signal: AbortSignal;
}

/** About how many bytes one poll of changelogs brings: larger than in processing, for records are only copied. */
const RESTORE_FETCH_BYTES = 4 * 1024 * 1024;
const RESTORE_POLL_MS = 100;

/** What each changelog partition holds, by `partitionName`. */
export async function changelogRanges(
  broker: Broker,
  changelogs: readonly TopicPartition[],
): Promise<ReadonlyMap<string, ChangelogRange>> {
  if (changelogs.length === 0) return new Map();
  const first = byPartition(await broker.admin.listOffsets(changelogs, 'earliest'));
  const end = byPartition(await broker.admin.listOffsets(changelogs, 'latest'));
  return new Map([...end].map(([name, endOffset]) => [name, { firstOffset: first.get(name) as number, endOffset }]));
}

/** What a group has committed of each source partition, by `partitionName`: up to there its tables are made of them. */
export async function sourceRanges(
  broker: Broker,
  group: string,
  sources: readonly TopicPartition[],
): Promise<ReadonlyMap<string, ChangelogRange>> {
  if (sources.length === 0) return new Map();
  const first = byPartition(await broker.admin.listOffsets(sources, 'earliest'));
  const committed = byPartition(await broker.admin.committedOffsets(group, sources));
  return new Map(
    [...first].map(([name, firstOffset]) => [name, { firstOffset, endOffset: committed.get(name) ?? firstOffset }]),
  );
}

/** Replays the changelogs of the stores that need it, all at once, each to the end of its range. Returns how many records. */
export async function restoreStores(
  stores: readonly TaskStore[],
  ranges: ReadonlyMap<string, ChangelogRange>,
  options: RestoreOptions,
): Promise<number> {
  const open = new Map<string, StoreRestore>();
  for (const taskStore of stores) {
    const { changelog } = taskStore.plan;
    if (changelog === null || taskStore.restoreFrom === null) continue;
    const name = partitionName(changelog.topic, changelog.partition);
    open.set(name, new StoreRestore(taskStore, (ranges.get(name) as ChangelogRange).endOffset, options.listener));
  }
  if (open.size === 0) return 0;
  const all = [...open.values()];
  const consumer = await options.broker.openConsumer();
  try {
    await replay(consumer, open, options.signal);
  } finally {
    await consumer.close();
  }
  return all.reduce((sum, { restored }) => sum + restored, 0);
}

/** Fetches the next records while the stores write those before, each store its own. */
async function replay(consumer: BrokerConsumer, open: Map<string, StoreRestore>, signal: AbortSignal): Promise<void> {
  consumer.assign([...open.values()].map((restore) => restore.start()));
  let writing: Promise<unknown> = Promise.resolve();
  try {
    while (open.size > 0 && !signal.aborted) {
      const poll = consumer.poll({ maxWaitMs: RESTORE_POLL_MS, maxBytes: RESTORE_FETCH_BYTES });
      const [{ batches }] = await Promise.all([poll, writing]);
      writing = Promise.all(applyAll(batches, open));
      // Taken up by the next round; until then it is not unhandled.
      writing.catch(() => undefined);
      for (const restore of open.values()) if (restore.takenAll) finish(restore);
    }
    await writing;
  } finally {
    await writing.catch(() => undefined);
  }

  function finish(restore: StoreRestore): void {
    open.delete(restore.name);
    consumer.pause([restore.changelog]);
  }
}

/** Starts to apply what a poll brought, store by store. */
function applyAll(batches: readonly ConsumedBatch[], open: ReadonlyMap<string, StoreRestore>): Promise<void>[] {
  const byName = Map.groupBy(batches, ({ topic, partition }) => partitionName(topic, partition));
  return [...byName].flatMap(([name, parts]) => open.get(name)?.apply(parts) ?? []);
}

/** The restore of one store. */
class StoreRestore {
  restored = 0;
  readonly #taskStore: TaskStore;
  readonly #fromOffset: number;
  readonly #endOffset: number;
  readonly #listener: ApplicationListener;
  #taken: number;

  constructor(taskStore: TaskStore, endOffset: number, listener: ApplicationListener) {
    this.#taskStore = taskStore;
    this.#fromOffset = taskStore.restoreFrom as number;
    this.#taken = this.#fromOffset;
    this.#endOffset = endOffset;
    this.#listener = listener;
  }

  /** The name of its changelog partition. */
  get name(): string {
    return partitionName(this.changelog.topic, this.changelog.partition);
  }

  get changelog(): TopicPartition {
    return this.#taskStore.plan.changelog as TopicPartition;
  }

  /** Whether everything that it needs was given to `apply`. */
  get takenAll(): boolean {
    return this.#taken >= this.#endOffset;
  }

  /** Tells the listener, and returns where to read from. */
  start(): TopicPartition & { readonly offset: number } {
    this.#listener.onRestoreStart?.(this.#progress());
    return { ...this.changelog, offset: this.#fromOffset };
  }

  /** Applies batches in their order. */
  async apply(batches: readonly ConsumedBatch[]): Promise<void> {
    this.#taken = batches.at(-1)?.nextOffset ?? this.#taken;
    for (const batch of batches) {
      const records = this.#taskStore.plan.fromSource ? this.#rowsOf(batch) : this.#entriesOf(batch);
      await this.#taskStore.store.restore(records, Math.min(batch.nextOffset, this.#endOffset));
      this.restored += records.length;
      this.#listener.onRestoreBatch?.(this.#progress());
    }
    if (this.takenAll) this.#listener.onRestoreEnd?.(this.#progress());
  }

  /** What a changelog has, in the version that the store is of. */
  #entriesOf({ records }: ConsumedBatch): (ConsumedRecord & ChangelogRecord)[] {
    const { spec } = this.#taskStore.plan;
    const entries = records.filter(hasKey);
    if (storeVersion(spec) === 0 && entries.every(({ headers }) => headers.length === 0)) return entries;
    return entries.map((entry) => ({ ...entry, value: migratedValue(spec, entry.value, entry.headers) }));
  }

  /** What a table keeps of its source: not what is behind the end, which is still to be processed. */
  #rowsOf({ records }: ConsumedBatch): (ConsumedRecord & ChangelogRecord)[] {
    return records.filter(hasKey).filter(({ offset, timestamp }) => offset < this.#endOffset && timestamp >= 0);
  }

  #progress(): RestoreProgress {
    return {
      store: this.#taskStore.plan.spec.name,
      task: this.#taskStore.plan.task,
      fromOffset: this.#fromOffset,
      endOffset: this.#endOffset,
      restored: this.restored,
    };
  }
}

/** Whether a record is of a key: what has none is no entry of a store. */
export function hasKey(record: ConsumedRecord): record is ConsumedRecord & ChangelogRecord {
  return record.key !== null;
}
