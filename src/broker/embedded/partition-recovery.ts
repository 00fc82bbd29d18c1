import type { Logger } from '../../core/logger.ts';
import { type BatchHeader, inspectBatch, intactBatchFollows, readBatchHeader } from './batch-header.ts';
import { type CompactionState, NOT_COMPACTED, type RecoveryPoint } from './checkpoint.ts';
import { corruptedLog } from './corrupted-log.ts';
import type { LogStorage } from './log-storage.ts';
import type { PartitionState } from './partition-log.ts';
import type { SegmentFile } from './segment.ts';
import { parseSegmentFileName, segmentFileName, type SegmentName } from './segment-name.ts';

/** A batch after the recovery point. */
interface TailBatch {
  readonly segment: number;
  readonly position: number;
  readonly baseOffset: number;
  readonly transactionId: number;
}

/**
 * Finds out what a partition has on the disk. Everything before the recovery point is taken as it is (damage there shows when
 * it is read); everything after it is read and checked, batch by batch:
 *
 * - a batch that was not written wholly, with nothing intact behind it, is a torn tail and cut off (a power failure may tear
 *   several segments that were not synced yet: the first one torn ends the log);
 * - any other damage is an error;
 * - batches of transactions that did not commit can only be the last ones, and `truncateUncommitted` takes them away.
 */
export class PartitionRecovery {
  readonly #storage: LogStorage;
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #logStart: number;
  readonly #compaction: CompactionState;
  readonly #createdMs: number;
  readonly #segments: SegmentName[] = [];
  readonly #tail: TailBatch[] = [];
  #nextOffset: number;

  constructor(
    environment: { storage: LogStorage; logger: Logger; nowMs: number },
    directory: string,
    known: { point: RecoveryPoint | undefined; logStart: number },
  ) {
    this.#storage = environment.storage;
    this.#logger = environment.logger;
    this.#createdMs = environment.nowMs;
    this.#directory = directory;
    this.#logStart = Math.max(known.logStart, known.point?.logStart ?? 0);
    this.#compaction = known.point?.compaction ?? NOT_COMPACTED;
    this.#nextOffset = this.#logStart;
    this.#listSegments();
    this.#scan(known.point);
  }

  /** The end of the log. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** The greatest transaction id after the recovery point; 0 for none. */
  get lastTransactionId(): number {
    return this.#tail.reduce((greatest, batch) => Math.max(greatest, batch.transactionId), 0);
  }

  /** Cuts off the log where the first batch of a transaction is that did not commit. */
  truncateUncommitted(isCommitted: (transactionId: number) => boolean): void {
    const first = this.#tail.findIndex((batch) => batch.transactionId !== 0 && !isCommitted(batch.transactionId));
    if (first < 0) return;
    const batch = this.#tail[first] as TailBatch;
    this.#logger.info('Took back a transaction that had not committed', {
      log: this.#directory,
      offset: batch.baseOffset,
    });
    for (const segment of this.#segments.splice(batch.segment + 1)) this.#storage.remove(this.#pathOf(segment));
    this.#storage.truncate(this.#pathOf(this.#segments[batch.segment] as SegmentName), batch.position);
    this.#tail.length = first;
    this.#nextOffset = batch.baseOffset;
  }

  /** What the log is opened with. */
  state(): PartitionState {
    const segments = this.#segments.map((segment, index): SegmentFile => {
      const nextOffset = this.#segments[index + 1]?.baseOffset ?? this.#nextOffset;
      return { ...segment, nextOffset, size: this.#sizeOf(segment), createdMs: this.#createdMs };
    });
    return { segments, logStart: this.#logStart, nextOffset: this.#nextOffset, compaction: this.#compaction };
  }

  /** Lists the segments in order, and removes what a compaction left: unfinished files, and those that a finished one replaces. */
  #listSegments(): void {
    const found: SegmentName[] = [];
    for (const file of this.#storage.list(this.#directory)) {
      const name = parseSegmentFileName(file);
      if (name !== undefined) found.push(name);
      else if (file.endsWith('.tmp')) this.#storage.remove(`${this.#directory}/${file}`);
    }
    found.sort((one, other) => one.baseOffset - other.baseOffset || (other.compactedTo ?? 0) - (one.compactedTo ?? 0));
    let replacedTo = 0;
    for (const name of found) {
      if (name.baseOffset < replacedTo) {
        this.#storage.remove(this.#pathOf(name));
        continue;
      }
      this.#segments.push(name);
      replacedTo = name.compactedTo ?? 0;
    }
    while (this.#segments.length > 1 && (this.#segments[1] as SegmentName).baseOffset <= this.#logStart) {
      this.#storage.remove(this.#pathOf(this.#segments.shift() as SegmentName));
    }
  }

  #scan(point: RecoveryPoint | undefined): void {
    const from = point?.segment ?? 0;
    const first = this.#segments[0];
    if (first !== undefined && first.baseOffset > this.#logStart) throw this.#missing(this.#logStart);
    if (point !== undefined && point.position > 0 && point.nextOffset > this.#logStart && !this.#has(from))
      throw this.#missing(from);
    let expected = first?.baseOffset ?? this.#logStart;
    if (point !== undefined) expected = Math.max(expected, point.segment);
    for (let index = 0; index < this.#segments.length; index++) {
      const segment = this.#segments[index] as SegmentName;
      if (segment.baseOffset < from) continue;
      if (segment.baseOffset > expected && index > 0) {
        this.#dropSegments(index, expected);
        break;
      }
      if (segment.baseOffset !== expected) throw this.#missing(expected);
      const safe = point !== undefined && segment.baseOffset === from ? point : undefined;
      expected = this.#scanSegment(index, safe?.position ?? 0, safe?.nextOffset ?? segment.baseOffset);
    }
    this.#nextOffset = Math.max(expected, this.#logStart);
  }

  /** Checks the batches of a segment from a position on and returns the offset after them. */
  #scanSegment(segment: number, start: number, offset: number): number {
    const path = this.#pathOf(this.#segments[segment] as SegmentName);
    const size = this.#storage.size(path) ?? 0;
    if (size < start)
      throw corruptedLog(this.#storage.describe(path), size, `${start} bytes expected, the file ends before`);
    // What the last process wrote and nobody has synced since is this one's to sync: cutting nothing off marks it so.
    if (size > start) this.#storage.truncate(path, size);
    const bytes = this.#storage.read(path, start, size - start);
    let position = 0;
    let expected = offset;
    while (position < bytes.length) {
      const header = readBatchHeader(bytes, position) as BatchHeader;
      if (inspectBatch(bytes, position) !== 'intact' || header.baseOffset !== expected) {
        this.#cutTornTail(segment, { bytes, start, position });
        return expected;
      }
      const { baseOffset, transactionId } = header;
      this.#tail.push({ segment, position: start + position, baseOffset, transactionId });
      expected = header.nextOffset;
      position += header.length;
    }
    return expected;
  }

  #cutTornTail(segment: number, damage: { bytes: Buffer; start: number; position: number }): void {
    const { bytes, start, position } = damage;
    const path = this.#pathOf(this.#segments[segment] as SegmentName);
    const file = this.#storage.describe(path);
    if (inspectBatch(bytes, position) === 'intact' || intactBatchFollows(bytes, position)) {
      throw corruptedLog(file, start + position, 'a damaged batch that is not the last one');
    }
    this.#logger.warn('Cut off a batch that was not written wholly', {
      file,
      position: start + position,
      bytes: bytes.length - position,
    });
    this.#storage.truncate(path, start + position);
  }

  /** Segments written after one whose end a power failure took away: none of them had been synced. */
  #dropSegments(from: number, offset: number): void {
    this.#logger.warn('Dropped segments behind one that was not written wholly', { log: this.#directory, offset });
    for (const segment of this.#segments.splice(from)) this.#storage.remove(this.#pathOf(segment));
  }

  #has(baseOffset: number): boolean {
    return this.#segments.some((segment) => segment.baseOffset === baseOffset);
  }

  #sizeOf(segment: SegmentName): number {
    return this.#storage.size(this.#pathOf(segment)) ?? 0;
  }

  #pathOf(segment: SegmentName): string {
    return `${this.#directory}/${segmentFileName(segment)}`;
  }

  #missing(offset: number): Error {
    const path = `${this.#directory}/${segmentFileName({ baseOffset: offset, compactedTo: undefined })}`;
    return corruptedLog(this.#storage.describe(path), 0, `the segment with offset ${offset} is missing`);
  }
}
