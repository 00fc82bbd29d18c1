import type { MillraceError } from '../../core/millrace-error.ts';
import type { ProducedRecord } from '../port.ts';
import type { Compression } from './compression.ts';
import { FetchedRecords } from './fetched-records.ts';
import { identifyBatch, RecordBatchBuilder } from './record-batch-builder.ts';
import type { ProduceBatch } from './produce-request.ts';
import type { ProducerIdentity } from './producer-identity.ts';

/** A batch that is on its way. */
export interface SealedBatch extends ProduceBatch {
  readonly queue: PartitionQueue;
}

/** Somebody who waits for the record at an index of a batch to be acknowledged. */
interface Waiter {
  /** How many records of the batch are before and with the last one of his. */
  readonly count: number;
  resolve(offset: number): void;
  reject(error: MillraceError): void;
}

/** Records that make one batch, which is open until it is sealed. */
class PendingBatch {
  readonly builder: RecordBatchBuilder;
  readonly waiters: Waiter[] = [];
  sealed: Buffer | undefined;

  constructor(batchBytes: number) {
    this.builder = new RecordBatchBuilder(batchBytes);
  }
}

// Sequence numbers begin again at 0 after 2^31 - 1.
const SEQUENCES = 2 ** 31;

/** What waits to be appended to a partition, in order; the first batch may be on its way. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly name: string;
  topicId = '';
  isInFlight = false;
  /** How often the first batch has been sent, and when for the first time. */
  tries = 0;
  firstTriedMs = 0;
  #batchBytes: number;
  readonly #compression: Compression;
  #batches: PendingBatch[] = [];
  #nextSequence = 0;
  #waitingBytes = 0;

  constructor(parts: { topic: string; partition: number; name: string; batchBytes: number; compression: Compression }) {
    this.topic = parts.topic;
    this.partition = parts.partition;
    this.name = parts.name;
    this.#batchBytes = parts.batchBytes;
    this.#compression = parts.compression;
  }

  /** Bytes that are not acknowledged. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Sequence numbers begin at 0 again. */
  restart(): void {
    this.#nextSequence = 0;
  }

  /** Copies the records behind what waits. Resolves with the offset after the last of them. */
  append(records: readonly ProducedRecord[]): Promise<number> {
    const last = this.#batches.at(-1);
    let open = last === undefined || last.sealed !== undefined ? this.#open() : last;
    for (const record of records) {
      if (open.builder.append(record)) continue;
      open = this.#open();
      open.builder.append(record);
    }
    this.#count();
    return new Promise((resolve, reject) => {
      open.waiters.push({ count: open.builder.count, resolve, reject });
    });
  }

  /** The first batch, in order to be sent. A batch that is sent again stays as it was. */
  seal({ producerId, producerEpoch }: ProducerIdentity, transactional: boolean): SealedBatch {
    const first = this.#batches[0] as PendingBatch;
    if (this.tries === 0) this.firstTriedMs = performance.now();
    this.tries += 1;
    this.isInFlight = true;
    first.sealed ??= first.builder.build(this.#compression);
    identifyBatch(first.sealed, { producerId, producerEpoch, sequence: this.#nextSequence, transactional });
    return { queue: this, topic: this.topic, partition: this.partition, bytes: first.sealed };
  }

  /** The first batch was appended at an offset. */
  acknowledge(baseOffset: number): void {
    const first = this.#batches.shift() as PendingBatch;
    this.#nextSequence = (this.#nextSequence + first.builder.count) % SEQUENCES;
    this.tries = 0;
    this.#count();
    for (const { count, resolve } of first.waiters) resolve(baseOffset + count);
  }

  /** Makes two batches of the first one, which the broker found too large; false where it is a single record. */
  split(): boolean {
    const first = this.#batches[0] as PendingBatch;
    const { count, byteLength } = first.builder;
    if (count === 1) return false;
    this.#batchBytes = Math.ceil(byteLength / 2);
    const bytes = first.sealed as Buffer;
    const { records } = new FetchedRecords({ bytes, aborted: [], fromOffset: 0 }).take(Infinity);
    const middle = Math.ceil(count / 2);
    const halves = [records.slice(0, middle), records.slice(middle)].map((half) => {
      const batch = new PendingBatch(Infinity);
      for (const record of half) batch.builder.append(record);
      return batch;
    });
    for (const waiter of first.waiters) {
      if (waiter.count <= middle) halves[0]?.waiters.push(waiter);
      else halves[1]?.waiters.push({ ...waiter, count: waiter.count - middle });
    }
    this.#batches.splice(0, 1, ...halves);
    this.tries = 0;
    this.#count();
    return true;
  }

  /** Gives up all that waits, but for a first batch that is on its way where that is kept. */
  fail(error: MillraceError, { keepInFlight = false }: { keepInFlight?: boolean } = {}): void {
    const failed = this.#batches.splice(keepInFlight && this.isInFlight ? 1 : 0);
    if (this.#batches.length === 0) this.tries = 0;
    this.#count();
    for (const { waiters } of failed) for (const { reject } of waiters) reject(error);
  }

  #open(): PendingBatch {
    const batch = new PendingBatch(this.#batchBytes);
    this.#batches.push(batch);
    return batch;
  }

  #count(): void {
    let bytes = 0;
    for (const { builder } of this.#batches) bytes += builder.byteLength;
    this.#waitingBytes = bytes;
  }
}
