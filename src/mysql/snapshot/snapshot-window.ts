import type { BinlogPlace } from '../binlog/binlog-reader.ts';
import type { GtidSet } from '../binlog/gtid-set.ts';
import type { KeyBound } from './key-column.ts';
import type { RowBatch } from './row-batch.ts';

/** Rows of a chunk in key order, and how far the table is read with them. */
export interface SnapshotBatch {
  readonly rows: RowBatch;
  /** The key up to which nothing is left to read of the chunk once these rows are written. */
  readonly upTo: KeyBound;
}

/** What a chunk's rows contain at most, and when that was. */
export interface HighWatermark {
  /** All transactions that the rows may contain, and possibly more. */
  readonly gtids: GtidSet;
  /** What records call it: the GTID set, or `file:position`. */
  readonly name: string;
  /** Where the binlog stood, when it is known; else null. */
  readonly place: BinlogPlace | null;
  /** The server's time, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** Batches that may wait in a window before its reader is held back. */
const MAX_BATCHES = 2;

/**
 * One chunk in flight, between the connection that reads it and the stream that writes it.
 *
 * The window is opened before the low watermark is taken: from then on the stream notes in `touched` the key of every row it
 * writes for the table. A chunk's rows are written when the stream has passed the high watermark, and only those that were
 * not touched: whatever changed one of the others has been written with the row as it was then.
 *
 * - Nothing is lost: a row that is left out was written by the stream, which has left out no change of it.
 * - Nothing old overwrites something new: what the stream had written before the window opened is contained in the low
 *   watermark, hence in the rows; what it has written since then is in `touched`.
 */
export class SnapshotWindow {
  /** Keys of rows that the stream has written since the window was opened. */
  readonly touched = new Set<string>();
  #batches: SnapshotBatch[] = [];
  #high: HighWatermark | null = null;
  #isRead = false;
  #isClosed = false;
  #resume: () => void = () => {};

  /** Null until the rows' watermark is known. */
  get high(): HighWatermark | null {
    return this.#high;
  }

  /** Whether all rows of the chunk were read and taken. */
  get isDrained(): boolean {
    return this.#isRead && this.#batches.length === 0;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The next batch that may be written once the stream has passed `high`; undefined while there is none. */
  get next(): SnapshotBatch | undefined {
    return this.#high === null ? undefined : this.#batches[0];
  }

  setHigh(high: HighWatermark): void {
    this.#high = high;
  }

  /** Hands over a batch; resolves when the next one may be read. */
  async offer(batch: SnapshotBatch): Promise<void> {
    this.#batches.push(batch);
    while (this.#batches.length >= MAX_BATCHES && !this.#isClosed) {
      await new Promise<void>((resolve) => (this.#resume = resolve));
    }
  }

  /** All rows were handed over. */
  endReading(): void {
    this.#isRead = true;
  }

  /** Removes the batch that `next` gave. */
  take(): void {
    this.#batches.shift();
    this.#resume();
  }

  /** Forgets what waits, so that whoever reads may end. */
  close(): void {
    this.#isClosed = true;
    this.#isRead = true;
    this.#batches = [];
    this.#resume();
  }
}
