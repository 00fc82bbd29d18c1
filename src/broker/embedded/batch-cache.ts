import type { ConsumedRecord } from '../port.ts';
import { decodeBatch, type EncodedBatch } from './batch-codec.ts';
import { type BatchHeader, readBatchHeader } from './batch-header.ts';
import { Fifo } from './fifo.ts';

/** Kept with each batch: what its bookkeeping costs, so that many tiny batches count too. */
const BATCH_OVERHEAD_BYTES = 150;

/** The batches that were appended last, over all logs: those who read at the end of a log need no file for it. */
export class BatchCache {
  readonly #maxBytes: number;
  readonly #owners = new Fifo<RecentBatches>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The part of the cache that belongs to a log. */
  createRecentBatches(): RecentBatches {
    return new RecentBatches(this);
  }

  /** Counts a batch that an owner took in, and makes room for it by what is oldest in all owners. */
  admit(owner: RecentBatches, bytes: number): void {
    this.#owners.push(owner);
    this.#bytes += bytes + BATCH_OVERHEAD_BYTES;
    while (this.#bytes > this.#maxBytes) {
      this.#bytes -= (this.#owners.shift() as RecentBatches).dropOldest() + BATCH_OVERHEAD_BYTES;
    }
  }
}

/** The end of one log, as far as it is in memory: batches one after the other, up to the end of the log. */
export class RecentBatches {
  readonly #cache: BatchCache;
  readonly #batches = new Fifo<Buffer>();
  readonly #baseOffsets = new Fifo<number>();
  #compactedTo = 0;

  constructor(cache: BatchCache) {
    this.#cache = cache;
  }

  /** Takes in batches that were appended and are committed. */
  add(batches: readonly EncodedBatch[]): void {
    for (const { bytes } of batches) {
      this.#batches.push(bytes);
      this.#baseOffsets.push((readBatchHeader(bytes, 0) as BatchHeader).baseOffset);
      this.#cache.admit(this, bytes.length);
    }
  }

  /** Removes the oldest batch and returns its size. */
  dropOldest(): number {
    this.#baseOffsets.shift();
    return (this.#batches.shift() as Buffer).length;
  }

  /** Compaction has been up to an offset: what is here of before has records that the log no longer has. */
  compactedTo(offset: number): void {
    this.#compactedTo = Math.max(this.#compactedTo, offset);
  }

  /** Whether everything from an offset on is here. */
  holds(offset: number): boolean {
    return offset >= this.#compactedTo && this.#baseOffsets.length > 0 && offset >= this.#baseOffsets.at(0);
  }

  /** Records from an offset that is held, as `PartitionLog.read` hands them out. */
  read(offset: number, maxBytes: number): { records: readonly ConsumedRecord[]; nextOffset: number; bytes: number } {
    const records: ConsumedRecord[] = [];
    let bytes = 0;
    let nextOffset = offset;
    for (let index = this.#find(offset); index < this.#batches.length && bytes < maxBytes; index++) {
      const batch = this.#batches.at(index);
      const header = readBatchHeader(batch, 0) as BatchHeader;
      const range = { fromOffset: offset, maxBytes: maxBytes - bytes };
      const decoded = decodeBatch({ bytes: batch, position: 0, header }, range, records);
      bytes += decoded.bytes;
      nextOffset = decoded.nextOffset;
    }
    return { records, nextOffset, bytes };
  }

  #find(offset: number): number {
    let low = 0;
    let high = this.#baseOffsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#baseOffsets.at(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
