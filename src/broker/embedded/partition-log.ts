import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName } from '../../core/topic-partition.ts';
import type { ConsumedRecord } from '../port.ts';
import type { BatchCache, RecentBatches } from './batch-cache.ts';
import type { EncodedBatch } from './batch-codec.ts';
import { sealBatch } from './batch-header.ts';
import type { CompactionState } from './checkpoint.ts';
import { corruptedLog } from './corrupted-log.ts';
import type { LogStorage } from './log-storage.ts';
import { Segment, type SegmentFile } from './segment.ts';
import type { TopicSettings } from './topic-settings.ts';

/** Which partition a log is of. */
export interface PartitionIdentity {
  readonly topic: string;
  /** Differs between a topic and one of the same name that was deleted before it. */
  readonly topicId: string;
  readonly partition: number;
  /** Where its segments are. */
  readonly directory: string;
}

/** What a log has on the disk when it is opened. */
export interface PartitionState {
  readonly segments: readonly SegmentFile[];
  readonly logStart: number;
  readonly nextOffset: number;
  readonly compaction: CompactionState;
}

/** A place in a log to which it can be rolled back. */
export interface LogMark {
  readonly segments: number;
  readonly size: number;
  readonly nextOffset: number;
}

/** What a read brought, and where the next one goes on. */
export interface LogRead {
  readonly records: readonly ConsumedRecord[];
  readonly nextOffset: number;
  readonly bytes: number;
}

/** The log of one partition: segments in offset order, the last one active. What it holds is committed. */
export class PartitionLog {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** `orders-3` */
  readonly name: string;
  readonly directory: string;
  readonly settings: TopicSettings;
  /** Called when there is something new; consumers that wait add themselves. */
  readonly onAppend = new Set<() => void>();
  /** Kept for compaction, which sets it. */
  compaction: CompactionState;
  readonly #storage: LogStorage;
  readonly #clock: Clock;
  readonly #recent: RecentBatches;
  readonly #segments: Segment[];
  #logStart: number;
  #nextOffset: number;
  #deleted = false;
  /** Segments of a rollback that the disk did not let go. */
  readonly #leftovers: Segment[] = [];

  constructor(
    environment: { storage: LogStorage; clock: Clock; cache: BatchCache; settings: TopicSettings },
    identity: PartitionIdentity,
    state: PartitionState,
  ) {
    this.#storage = environment.storage;
    this.#clock = environment.clock;
    this.settings = environment.settings;
    this.#recent = environment.cache.createRecentBatches();
    this.topic = identity.topic;
    this.topicId = identity.topicId;
    this.partition = identity.partition;
    this.directory = identity.directory;
    this.name = partitionName(identity.topic, identity.partition);
    this.#segments = state.segments.map((file) => new Segment(this.#storage, this.directory, file));
    this.#logStart = state.logStart;
    this.#nextOffset = state.nextOffset;
    this.compaction = state.compaction;
  }

  get logStart(): number {
    return this.#logStart;
  }

  /** The end: the offset that the next record gets. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get deleted(): boolean {
    return this.#deleted;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The place reached, to roll back to. */
  mark(): LogMark {
    return { segments: this.#segments.length, size: this.#segments.at(-1)?.size ?? 0, nextOffset: this.#nextOffset };
  }

  /** Appends batches, all or nothing, and returns the end. Throws BROKER_STORAGE. Nobody is told before `publish`. */
  append(batches: readonly EncodedBatch[], transactionId: number): number {
    const mark = this.mark();
    try {
      this.#removeLeftovers();
      for (let start = 0; start < batches.length;) start = this.#appendRun(batches, start, transactionId);
    } catch (error) {
      this.rollBack(mark);
      throw error;
    }
    return this.#nextOffset;
  }

  /** Takes back what was appended since a mark. Never throws: what the disk refuses now is done before the next append. */
  rollBack(mark: LogMark): void {
    while (this.#segments.length > mark.segments) {
      const segment = this.#segments.pop() as Segment;
      segment.truncate(0, segment.baseOffset);
      this.#leftovers.push(segment);
    }
    this.#nextOffset = mark.nextOffset;
    const active = this.#segments.at(-1);
    if (active !== undefined && active.size > mark.size) active.truncate(mark.size, mark.nextOffset);
    try {
      this.#removeLeftovers();
    } catch {
      // They stay in the list.
    }
  }

  /** Tells those who wait that batches were appended and are committed, and keeps them at hand for them. */
  publish(batches: readonly EncodedBatch[]): void {
    this.#recent.add(batches);
    this.notify();
  }

  /** Wakes those who wait for this log. */
  notify(): void {
    for (const listener of this.onAppend) listener();
  }

  /**
   * Records from an offset on, until about `maxBytes` of them are there, at least one where there is one.
   * Throws OFFSET_OUT_OF_RANGE, LOG_CORRUPTED, BROKER_STORAGE.
   */
  read(offset: number, maxBytes: number): LogRead {
    if (offset < this.#logStart || offset > this.#nextOffset) throw this.#outOfRange(offset);
    if (this.#recent.holds(offset)) return this.#recent.read(offset, maxBytes);
    const records: ConsumedRecord[] = [];
    let bytes = 0;
    let nextOffset = offset;
    for (let index = this.#segmentOf(offset); index < this.#segments.length && bytes < maxBytes; index++) {
      const segment = this.#segments[index] as Segment;
      if (segment.nextOffset === nextOffset) continue;
      if (segment.baseOffset > nextOffset) throw this.#missing(segment, nextOffset);
      const read = segment.read(nextOffset, maxBytes - bytes, records);
      bytes += read.bytes;
      nextOffset = read.nextOffset;
      if (nextOffset < segment.nextOffset) break;
    }
    return { records, nextOffset, bytes };
  }

  /** The offset of the first record whose timestamp is at or after the one given; the end where there is none. */
  offsetAtTimestamp(timestamp: number): number {
    for (const segment of this.#segments) {
      let from = segment.offsetNearTimestamp(timestamp);
      if (from === undefined) continue;
      from = Math.max(from, this.#logStart);
      while (from < segment.nextOffset) {
        const { records, nextOffset } = this.read(from, READ_BYTES);
        const found = records.find((record) => record.timestamp >= timestamp);
        if (found !== undefined) return found.offset;
        from = nextOffset;
      }
    }
    return this.#nextOffset;
  }

  /** Closes the active segment, so that retention and compaction may touch it. The next append begins another. */
  roll(): void {
    const active = this.#segments.at(-1);
    if (active !== undefined && active.size > 0) this.#segments.push(this.#newSegment());
  }

  /**
   * Moves the start of the log and removes the segments wholly before it. Callers make the new start durable first.
   * Throws BROKER_STORAGE: what could not be removed then stays until the next time.
   */
  moveStart(offset: number): void {
    if (offset > this.#logStart) this.#logStart = offset;
    while (this.#segments.length > 1 && (this.#segments[0] as Segment).nextOffset <= this.#logStart) {
      (this.#segments[0] as Segment).remove();
      this.#segments.shift();
    }
  }

  /** Puts a compacted segment, whose file is in place, where those were that it was made from. */
  replaceSegments(sources: readonly Segment[], file: SegmentFile): void {
    const at = this.#segments.indexOf(sources[0] as Segment);
    this.#segments.splice(at, sources.length, new Segment(this.#storage, this.directory, file));
    this.#recent.compactedTo(file.nextOffset);
  }

  /** Marks the log as one of a deleted topic: who still uses it gets TOPIC_NOT_FOUND. */
  markDeleted(): void {
    this.#deleted = true;
    this.notify();
  }

  #appendRun(batches: readonly EncodedBatch[], start: number, transactionId: number): number {
    const segment = this.#segmentFor((batches[start] as EncodedBatch).bytes.length);
    const room = this.settings['segment.bytes'] - segment.size;
    const run: Buffer[] = [];
    let runBytes = 0;
    let nextOffset = this.#nextOffset;
    let index = start;
    for (; index < batches.length; index++) {
      const { bytes, recordCount } = batches[index] as EncodedBatch;
      if (run.length > 0 && runBytes + bytes.length > room) break;
      sealBatch(bytes, { baseOffset: nextOffset, nextOffset: nextOffset + recordCount, transactionId });
      nextOffset += recordCount;
      runBytes += bytes.length;
      run.push(bytes);
    }
    segment.append(run, nextOffset);
    this.#nextOffset = nextOffset;
    return index;
  }

  /** The active segment, or a new one where the batch has no room or the active one is too old. */
  #segmentFor(bytes: number): Segment {
    const active = this.#segments.at(-1);
    if (active !== undefined && !active.compacted) {
      if (active.size === 0) return active;
      const full = active.size + bytes > this.settings['segment.bytes'];
      if (!full && this.#clock.now() - active.createdMs < this.settings['segment.ms']) return active;
    }
    const segment = this.#newSegment();
    this.#segments.push(segment);
    return segment;
  }

  #newSegment(): Segment {
    const offset = this.#nextOffset;
    const createdMs = this.#clock.now();
    return new Segment(this.#storage, this.directory, {
      baseOffset: offset,
      compactedTo: undefined,
      nextOffset: offset,
      size: 0,
      createdMs,
    });
  }

  #removeLeftovers(): void {
    while (this.#leftovers.length > 0) {
      (this.#leftovers.at(-1) as Segment).remove();
      this.#leftovers.pop();
    }
  }

  #segmentOf(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#segments[middle] as Segment).baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #outOfRange(offset: number): MillraceError {
    return new MillraceError(
      'OFFSET_OUT_OF_RANGE',
      `Expected an offset from ${this.#logStart} to ${this.#nextOffset}, got ${offset} in ${this.name}`,
      { context: { topic: this.topic, partition: this.partition, offset } },
    );
  }

  #missing(segment: Segment, offset: number): MillraceError {
    return corruptedLog(
      this.#storage.describe(segment.path),
      0,
      `the segment with offset ${offset} before it is missing`,
    );
  }
}

const READ_BYTES = 1024 * 1024;
