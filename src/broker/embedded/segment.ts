import type { ConsumedRecord } from '../port.ts';
import { AppendOnlyFile } from './append-only-file.ts';
import { decodeBatch } from './batch-codec.ts';
import { BATCH_HEADER_BYTES, type BatchHeader, inspectBatch, readBatchHeader } from './batch-header.ts';
import { corruptedLog } from './corrupted-log.ts';
import type { LogStorage } from './log-storage.ts';
import { SegmentIndex } from './segment-index.ts';
import { type SegmentName, segmentFileName } from './segment-name.ts';

// Enough for a few hundred headers of small batches; a large batch costs one read of its own.
const HEADER_WALK_BYTES = 16 * 1024;
// Read at once when little is asked for, so that small batches do not cost a system call each.
const MIN_READ_BYTES = 64 * 1024;
const SEQUENTIAL_READ_BYTES = 1024 * 1024;

/** A segment on the disk. */
export interface SegmentFile extends SegmentName {
  readonly nextOffset: number;
  readonly size: number;
  /** When it was begun, for `segment.ms`. */
  readonly createdMs: number;
}

/** How far a read came. */
export interface SegmentRead {
  readonly nextOffset: number;
  readonly bytes: number;
}

/** A batch as compaction reads it. */
export interface SegmentBatch {
  readonly header: BatchHeader;
  readonly records: readonly ConsumedRecord[];
}

/**
 * A file of batches. Each batch begins at the offset at which the one before it ended, and the last ends at the segment's
 * `nextOffset`: a batch that is missing anywhere is noticed, as one that is damaged is.
 */
export class Segment {
  readonly baseOffset: number;
  readonly compacted: boolean;
  readonly createdMs: number;
  readonly #storage: LogStorage;
  readonly #file: AppendOnlyFile;
  #nextOffset: number;
  #index: SegmentIndex | undefined;

  constructor(storage: LogStorage, directory: string, file: SegmentFile) {
    this.#storage = storage;
    this.baseOffset = file.baseOffset;
    this.compacted = file.compactedTo !== undefined;
    this.createdMs = file.createdMs;
    this.#nextOffset = file.nextOffset;
    this.#file = new AppendOnlyFile(storage, `${directory}/${segmentFileName(file)}`, file.size);
    this.#index = file.size === 0 ? new SegmentIndex() : undefined;
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  get size(): number {
    return this.#file.size;
  }

  get path(): string {
    return this.#file.path;
  }

  /** The greatest timestamp in it; −1 for none. */
  get maxTimestamp(): number {
    return this.#indexed().maxTimestamp;
  }

  /** Appends sealed batches, all or nothing. Throws BROKER_STORAGE. */
  append(batches: readonly Buffer[], nextOffset: number): void {
    const start = this.size;
    this.#file.append(batches);
    this.#nextOffset = nextOffset;
    // An index that ends before is one to be made when it is needed, or one that stopped at damage.
    if (this.#index?.end !== start) return;
    for (let index = 0; index < batches.length; index++) {
      this.#index.add(readBatchHeader(batches[index] as Buffer, 0) as BatchHeader);
    }
  }

  /** Takes back what came after a size and offset. */
  truncate(size: number, nextOffset: number): void {
    this.#file.truncate(size);
    this.#nextOffset = nextOffset;
    this.#index = size === 0 ? new SegmentIndex() : undefined;
  }

  /**
   * Adds records from an offset on to `out`, until about `maxBytes` of them are there or the segment ends.
   * Throws LOG_CORRUPTED when it comes to a damaged batch and `out` is empty; else it stops there, so that what is good is
   * read first.
   */
  read(fromOffset: number, maxBytes: number, out: ConsumedRecord[]): SegmentRead {
    let position = this.#indexed().positionOf(fromOffset);
    let expected = -1;
    let taken = 0;
    let nextOffset = fromOffset;
    while (position < this.size && taken < maxBytes) {
      const chunk = this.#chunk(position, Math.max(maxBytes - taken, MIN_READ_BYTES));
      let at = 0;
      while (at < chunk.length && taken < maxBytes) {
        const header = readBatchHeader(chunk, at);
        if (header !== undefined && at + header.length > chunk.length && at > 0) break;
        if (
          header === undefined &&
          chunk.length - at < BATCH_HEADER_BYTES &&
          at > 0 &&
          position + chunk.length < this.size
        )
          break;
        if (
          header === undefined ||
          (expected >= 0 && header.baseOffset !== expected) ||
          inspectBatch(chunk, at) !== 'intact'
        ) {
          if (out.length > 0) return { nextOffset, bytes: taken };
          throw this.#damage(position + at, fromOffset);
        }
        if (header.nextOffset > fromOffset) {
          const decoded = decodeBatch(
            { bytes: chunk, position: at, header },
            { fromOffset, maxBytes: maxBytes - taken },
            out,
          );
          taken += decoded.bytes;
          nextOffset = decoded.nextOffset;
        }
        expected = header.nextOffset;
        at += header.length;
      }
      position += at;
    }
    if (position >= this.size && nextOffset < this.#nextOffset && out.length === 0) {
      throw this.#damage(this.size, fromOffset);
    }
    return { nextOffset, bytes: taken };
  }

  /** All batches with their records, in order. Throws LOG_CORRUPTED where one is damaged. */
  *batches(): Generator<SegmentBatch> {
    let expected = this.baseOffset;
    for (let position = 0; position < this.size;) {
      const chunk = this.#chunk(position, SEQUENTIAL_READ_BYTES);
      let at = 0;
      while (at < chunk.length) {
        const header = readBatchHeader(chunk, at);
        const isCut = header === undefined ? chunk.length - at < BATCH_HEADER_BYTES : at + header.length > chunk.length;
        if (isCut && at > 0 && position + chunk.length < this.size) break;
        if (header === undefined || header.baseOffset !== expected || inspectBatch(chunk, at) !== 'intact') {
          throw this.#damage(position + at, expected);
        }
        const records: ConsumedRecord[] = [];
        decodeBatch(
          { bytes: chunk, position: at, header },
          { fromOffset: 0, maxBytes: Number.MAX_SAFE_INTEGER },
          records,
        );
        yield { header, records };
        expected = header.nextOffset;
        at += header.length;
      }
      position += at;
    }
    if (expected !== this.#nextOffset) throw this.#damage(this.size, expected);
  }

  /** The first offset from which on a timestamp of at least this one is near; undefined where there is none. */
  offsetNearTimestamp(timestamp: number): number | undefined {
    return this.#indexed().offsetNearTimestamp(timestamp);
  }

  /** Removes the file. */
  remove(): void {
    this.#storage.remove(this.path);
  }

  /** Bytes from a batch on: as many as wanted, or the whole batch where that is more. */
  #chunk(position: number, wanted: number): Buffer {
    const rest = this.size - position;
    const chunk = this.#storage.read(this.path, position, Math.min(wanted, rest));
    const length = readBatchHeader(chunk, 0)?.length ?? 0;
    return length <= chunk.length || length > rest ? chunk : this.#storage.read(this.path, position, length);
  }

  #indexed(): SegmentIndex {
    this.#index ??= this.#walk();
    return this.#index;
  }

  /** Indexes a segment that was there before this process, by its headers alone; ends where they make no sense. */
  #walk(): SegmentIndex {
    const index = new SegmentIndex();
    let expected = this.baseOffset;
    while (index.end < this.size) {
      const start = index.end;
      const chunk = this.#storage.read(this.path, start, Math.min(HEADER_WALK_BYTES, this.size - start));
      let header = readBatchHeader(chunk, 0);
      if (header === undefined) return index;
      while (header !== undefined) {
        if (header.baseOffset !== expected || index.end + header.length > this.size) return index;
        expected = header.nextOffset;
        index.add(header);
        header = readBatchHeader(chunk, index.end - start);
      }
    }
    return index;
  }

  #damage(position: number, offset: number): Error {
    return corruptedLog(
      this.#storage.describe(this.path),
      position,
      `no intact batch where offset ${offset} is looked for`,
    );
  }
}
