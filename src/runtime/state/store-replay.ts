import type { ConsumedBatch, ConsumedRecord, PartitionOffset } from '../../broker/port.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import type { ChangelogRecord } from '../../store/layers/buffered-store.ts';
import { migratedValue, storeVersion } from '../../store/migrated-value.ts';
import type { ApplicationListener, RestoreProgress } from '../application-listener.ts';
import type { StoreStatus } from '../application-status.ts';
import { restoredTo, type TaskStore } from './task-store.ts';

/** Writes the records of its changelog into one store, up to an end that may move on. */
export class StoreReplay {
  /** How many records were applied so far. */
  restored = 0;
  /** Up to where it goes; infinite follows the changelog for ever. */
  endOffset: number;
  /** Where its changelog ends, as far as known. */
  knownEnd: number;
  readonly #beganMs: number;
  readonly #taskStore: TaskStore;
  readonly #fromOffset: number;
  readonly #listener: ApplicationListener;
  #taken: number;
  #applied: number;

  /** Goes on where the store is. The listener is told of its progress. */
  constructor(
    taskStore: TaskStore,
    endOffset: number,
    { listener, nowMs }: { listener: ApplicationListener; nowMs: number },
  ) {
    this.knownEnd = taskStore.range?.endOffset ?? 0;
    this.#beganMs = nowMs;
    this.#taskStore = taskStore;
    this.#fromOffset = restoredTo(taskStore);
    this.#taken = this.#fromOffset;
    this.#applied = this.#fromOffset;
    this.endOffset = endOffset;
    this.#listener = listener;
  }

  /** The name of its changelog partition. */
  get name(): string {
    return partitionName(this.changelog.topic, this.changelog.partition);
  }

  /** Its changelog partition. */
  get changelog(): TopicPartition {
    return this.#taskStore.plan.changelog as TopicPartition;
  }

  /** Whether its changelog is a topic that its task reads: beyond what is committed it is not replayed. */
  get fromSource(): boolean {
    return this.#taskStore.plan.fromSource;
  }

  /** Where to read on. */
  get next(): PartitionOffset {
    return { ...this.changelog, offset: this.#taken };
  }

  /** How many offsets it is behind its changelog, as far as is known. */
  get lag(): number {
    return Math.max(0, this.knownEnd - this.#taken);
  }

  /** Whether everything that it needs was given to `apply`. */
  get takenAll(): boolean {
    return this.#taken >= this.endOffset;
  }

  /** How far it is. */
  get progress(): RestoreProgress {
    return {
      store: this.#taskStore.plan.spec.name,
      task: this.#taskStore.plan.task,
      fromOffset: this.#fromOffset,
      endOffset: this.endOffset,
      offset: this.#applied,
      restored: this.restored,
    };
  }

  /** How far it is, the end being that of the changelog as far as known, and when it will be there. */
  statusAt(nowMs: number): StoreStatus {
    const endOffset = this.endOffset === Infinity ? this.knownEnd : this.endOffset;
    const done = this.#applied - this.#fromOffset;
    const etaMs =
      done > 0 ? Math.round(((nowMs - this.#beganMs) * Math.max(0, endOffset - this.#applied)) / done) : null;
    return { ...this.progress, endOffset, etaMs };
  }

  /** Tells the listener that it begins. */
  begin(): void {
    this.#listener.onRestoreStart?.(this.progress);
  }

  /** Applies batches in their order. */
  async apply(batches: readonly ConsumedBatch[]): Promise<void> {
    const end = this.endOffset;
    this.#taken = Math.min(batches.at(-1)?.nextOffset ?? this.#taken, end);
    for (const batch of batches) {
      const records = this.fromSource ? this.#rowsOf(batch, end) : this.#entriesOf(batch);
      await this.#taskStore.store.restore(
        records,
        this.fromSource ? Math.min(batch.nextOffset, end) : batch.nextOffset,
      );
      this.restored += records.length;
      this.#applied = Math.min(batch.nextOffset, end);
      this.#listener.onRestoreBatch?.(this.progress);
    }
    if (this.takenAll) this.#listener.onRestoreEnd?.(this.progress);
  }

  /** What a changelog has, in the version that the store is of. */
  #entriesOf({ records }: ConsumedBatch): (ConsumedRecord & ChangelogRecord)[] {
    const { spec } = this.#taskStore.plan;
    const entries = records.filter(hasKey);
    if (storeVersion(spec) === 0 && entries.every(({ headers }) => headers.length === 0)) return entries;
    return entries.map((entry) => ({ ...entry, value: migratedValue(spec, entry.value, entry.headers) }));
  }

  /** What a table keeps of its source: not what is behind the end, which is still to be processed. */
  #rowsOf({ records }: ConsumedBatch, end: number): (ConsumedRecord & ChangelogRecord)[] {
    return records.filter(hasKey).filter(({ offset, timestamp }) => offset < end && timestamp >= 0);
  }
}

/** Whether a record is of a key: what has none is no entry of a store. */
export function hasKey(record: ConsumedRecord): record is ConsumedRecord & ChangelogRecord {
  return record.key !== null;
}
