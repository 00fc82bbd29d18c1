import type { ConsumedBatch, ConsumedRecord } from '../../broker/port.ts';
import type { Stamp } from '../../core/stamp.ts';
import type { TopicPartition } from '../../core/topic-partition.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import { Datum } from '../../serde/datum.ts';
import type { SourceNode } from '../../topology/node.ts';
import type { NodeContext } from './node-context.ts';
import { placeError } from '../errors/place-error.ts';

/** The record type of a queue: nothing is known of its key and value until somebody looks. */
export type SourceRecord = StreamRecord<unknown, unknown>;

/** What a queue is made of. */
export interface RecordQueueOptions extends TopicPartition {
  readonly node: SourceNode;
  /** Where its records go. */
  readonly source: NodeContext;
  /** The offset of the first record to come. */
  readonly startOffset: number;
  /** What the group has committed; −1: nothing yet. */
  readonly committedOffset: number;
  /** Up to where it must be processed before those that wait for it are. */
  readonly catchUpOffset: number;
  /** Called for a record whose timestamp is negative. */
  readonly onDropped: (reason: string) => void;
  /**
   * Passes over a record that cannot be deserialized, or throws; null leaves that to who looks at it first. Absent, as null.
   */
  readonly onUnreadable?: ((error: unknown, consumed: ConsumedRecord) => void) | null;
}

/**
 * The buffered records of one partition of a task, in offset order. Batches are kept as they came; only the head is made
 * into a record, and nothing of it is deserialized.
 */
export class RecordQueue {
  readonly topic: string;
  readonly partition: number;
  /** The offset of the first record to come when it was made. */
  readonly startOffset: number;
  /** Where the records go. */
  readonly source: NodeContext;
  /** The timestamp of the head. */
  headTimestamp = -1;
  /** The head as it was consumed; null when the queue is empty. */
  headConsumed: ConsumedRecord | null = null;
  /** The end of the partition as far as known; −1 before the first poll. */
  endOffset = -1;
  /** What the group has committed; −1: nothing yet. */
  committedOffset: number;
  /** What the last commit has taken, be it done or on its way. */
  takenOffset: number;
  /** When the task stops waiting for this empty partition, in milliseconds since the epoch; −1: not waiting. */
  idleDeadlineMs = -1;
  readonly #catchUpOffset: number;
  #head: SourceRecord | null = null;
  /** The next head, where it had to be deserialized already. */
  #read: SourceRecord | null = null;
  #batch: readonly ConsumedRecord[] = [];
  #index = 0;
  #laterBatches: (readonly ConsumedRecord[])[] = [];
  #laterRecords = 0;
  #fetchedTo: number;
  #partitionTimeMs = -1;
  readonly #node: SourceNode;
  readonly #onDropped: (reason: string) => void;
  readonly #onUnreadable: NonNullable<RecordQueueOptions['onUnreadable']> | null;

  constructor(options: RecordQueueOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.source = options.source;
    this.#node = options.node;
    this.startOffset = options.startOffset;
    this.#fetchedTo = options.startOffset;
    this.committedOffset = options.committedOffset;
    this.takenOffset = options.committedOffset;
    this.#catchUpOffset = options.catchUpOffset;
    this.#onDropped = options.onDropped;
    this.#onUnreadable = options.onUnreadable ?? null;
  }

  /** How many records wait, the head included. */
  get size(): number {
    return (this.headConsumed === null ? 0 : 1) + this.#batch.length - this.#index + this.#laterRecords;
  }

  /** The offset of the next record to process: what a commit writes down. */
  get position(): number {
    return this.headConsumed === null ? this.#fetchedTo : this.headConsumed.offset;
  }

  /** Whether everything that the partition had at the start is processed. */
  get bootstrapped(): boolean {
    return this.position >= this.#catchUpOffset;
  }

  /** Where the next fetch goes on. */
  get fetchedTo(): number {
    return this.#fetchedTo;
  }

  /** Whether everything that the broker is known to have was fetched. False before the first poll. */
  get caughtUp(): boolean {
    return this.endOffset >= 0 && this.#fetchedTo >= this.endOffset;
  }

  /** Appends a batch of this partition. */
  add(batch: ConsumedBatch): void {
    this.#fetchedTo = batch.nextOffset;
    if (batch.records.length === 0) return;
    this.#laterBatches.push(batch.records);
    this.#laterRecords += batch.records.length;
    if (this.headConsumed === null) this.#advance();
  }

  /** Removes the head. The queue must not be empty. */
  take(): SourceRecord {
    const record = this.#head as SourceRecord;
    if (this.headTimestamp > this.#partitionTimeMs) this.#partitionTimeMs = this.headTimestamp;
    this.#advance();
    return record;
  }

  #advance(): void {
    for (;;) {
      if (this.#index === this.#batch.length && !this.#nextBatch()) {
        this.headConsumed = null;
        this.#head = null;
        return;
      }
      const consumed = this.#batch[this.#index++] as ConsumedRecord;
      if (this.#onUnreadable !== null && !this.#readable(consumed, this.#onUnreadable)) continue;
      if (this.#makeHead(consumed)) return;
      this.#onDropped('negative timestamp');
    }
  }

  #nextBatch(): boolean {
    const next = this.#laterBatches.shift();
    this.#batch = next ?? [];
    this.#index = 0;
    this.#laterRecords -= this.#batch.length;
    return next !== undefined;
  }

  #makeHead(consumed: ConsumedRecord): boolean {
    let record = this.#read ?? this.#recordOf(consumed, consumed);
    this.#read = null;
    let timestamp = consumed.timestamp;
    if (this.#node.timestampExtractor !== null) {
      timestamp = this.#extract(record, consumed);
      if (timestamp !== consumed.timestamp) record = record.withTimestamp(timestamp);
    }
    this.#head = record;
    this.headConsumed = consumed;
    this.headTimestamp = timestamp;
    return timestamp >= 0;
  }

  /** Deserializes a record that is to be the next head. */
  #readable(consumed: ConsumedRecord, onUnreadable: (error: unknown, consumed: ConsumedRecord) => void): boolean {
    const record = this.#recordOf(consumed, consumed);
    try {
      void record.keyDatum?.value;
      void record.valueDatum?.value;
    } catch (error) {
      onUnreadable(error, consumed);
      return false;
    }
    this.#read = record;
    return true;
  }

  #recordOf(consumed: ConsumedRecord, stamp: Stamp): SourceRecord {
    const { key, value } = consumed;
    return new StreamRecord<unknown, unknown>(
      key === null ? null : Datum.ofBytes<unknown>(key, this.#node.keySerde),
      value === null ? null : Datum.ofBytes<unknown>(value, this.#node.valueSerde),
      stamp,
    );
  }

  #extract(record: SourceRecord, consumed: ConsumedRecord): number {
    try {
      return (this.#node.timestampExtractor as NonNullable<SourceNode['timestampExtractor']>)(
        record,
        this.#partitionTimeMs,
      );
    } catch (error) {
      const { topic, partition } = this;
      throw placeError(error, { node: this.#node.name, topic, partition, offset: consumed.offset });
    }
  }
}
