import type { ConsumedRecord } from '../port.ts';
import { AppendOnlyFile } from './append-only-file.ts';
import { encodeCompactedBatch } from './batch-codec.ts';
import type { LogStorage } from './log-storage.ts';

// What is left of many batches goes into few of about this size.
const BATCH_BYTES = 256 * 1024;

/** Writes the records that survive compaction into one file, with their offsets. */
export class CompactedSegmentWriter {
  readonly #file: AppendOnlyFile;
  #pending: ConsumedRecord[] = [];
  #pendingBytes = 0;
  #horizonMs = 0;
  #baseOffset: number;
  /** Records written. */
  count = 0;

  constructor(storage: LogStorage, path: string, baseOffset: number) {
    this.#file = new AppendOnlyFile(storage, path, 0);
    this.#baseOffset = baseOffset;
  }

  get size(): number {
    return this.#file.size;
  }

  /** Adds a record whose batch has this delete horizon. Throws BROKER_STORAGE. */
  add(record: ConsumedRecord, horizonMs: number): void {
    if (this.#pendingBytes >= BATCH_BYTES || (this.#pending.length > 0 && horizonMs !== this.#horizonMs))
      this.#flush(record.offset);
    this.#horizonMs = horizonMs;
    this.#pending.push(record);
    this.#pendingBytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    this.count += 1;
  }

  /** Ends the file at an offset: its last batch, which may be an empty one, reaches up to there. Throws BROKER_STORAGE. */
  end(nextOffset: number): void {
    this.#flush(nextOffset);
  }

  #flush(nextOffset: number): void {
    const place = { baseOffset: this.#baseOffset, nextOffset, deleteHorizonMs: this.#horizonMs };
    this.#file.append([encodeCompactedBatch(this.#pending, place)]);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#baseOffset = nextOffset;
  }
}
