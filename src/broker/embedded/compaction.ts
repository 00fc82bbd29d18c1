import type { Clock } from '../../core/clock.ts';
import { CompactedSegmentWriter } from './compacted-segment-writer.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import type { LogStorage } from './log-storage.ts';
import type { PartitionLog } from './partition-log.ts';
import { segmentFileName } from './segment-name.ts';
import type { Segment } from './segment.ts';
import { isCompacted } from './topic-settings.ts';

/** What compaction needs, and its limits. */
export interface CompactionEnvironment {
  readonly storage: LogStorage;
  readonly clock: Clock;
  /** Keys kept in memory at most; a log with more new ones is compacted in several rounds. */
  readonly maxKeys: number;
  /** Makes what was written safe, and lets recovery begin at the active segments. */
  checkpoint(): Promise<void>;
  /** Whether to give up. */
  isStopped(): boolean;
}

/** Closed segments of a log, in order, if it is time to compact them; else none. */
export function segmentsToCompact(log: PartitionLog, nowMs: number): readonly Segment[] {
  if (!isCompacted(log.settings)) return [];
  const closed = log.segments.slice(0, -1);
  const { cleanedTo, nextHorizonMs } = log.compaction;
  if (nextHorizonMs !== null && nextHorizonMs <= nowMs) return closed;
  const dirtyBytes = bytesOf(closed.filter((segment) => segment.nextOffset > cleanedTo));
  const isDirty = dirtyBytes > 0 && dirtyBytes >= bytesOf(closed) * log.settings['min.cleanable.dirty.ratio'];
  return isDirty ? closed : [];
}

/**
 * Compacts the closed segments of one log.
 *
 * With `latest(k)` the greatest offset of key k in the segments not compacted before, a record survives if its offset is
 * `latest(key)` or its key is not among them. A tombstone survives until the delete horizon of its batch, which its first
 * compaction sets: `delete.retention.ms` later, so that whoever reads the log from its beginning within that time sees it.
 * Offsets stay. Neighbouring segments that fit into one become one.
 *
 * A new file gets its name, and with it takes the place of its sources, when it is on the disk; they are removed after that.
 */
export class Compaction {
  readonly #environment: CompactionEnvironment;
  readonly #log: PartitionLog;
  readonly #turn = new EventLoopTurn();
  #nextHorizonMs: number | null = null;

  constructor(environment: CompactionEnvironment, log: PartitionLog) {
    this.#environment = environment;
    this.#log = log;
  }

  /** Throws LOG_CORRUPTED, BROKER_STORAGE, having changed nothing of the segments concerned. */
  async run(closed: readonly Segment[]): Promise<void> {
    const latest = new Map<string, number>();
    const cleanedTo = await this.#collectKeys(closed, latest);
    const covered = closed.filter((segment) => segment.nextOffset <= cleanedTo);
    for (const group of groupBySize(covered, this.#log.settings['segment.bytes'])) {
      if (this.#isOver(group)) return;
      await this.#rewrite(group, latest);
    }
    this.#log.compaction = { cleanedTo, nextHorizonMs: this.#nextHorizonMs };
  }

  /** Fills `latest` from the segments not compacted before and returns up to where. */
  async #collectKeys(closed: readonly Segment[], latest: Map<string, number>): Promise<number> {
    let { cleanedTo } = this.#log.compaction;
    for (const segment of closed) {
      if (segment.nextOffset <= cleanedTo) continue;
      if (latest.size >= this.#environment.maxKeys || this.#isOver([segment])) break;
      for (const { records } of segment.batches()) {
        for (const { key, offset } of records) if (key !== null) latest.set(key.toString('latin1'), offset);
        if (this.#turn.isOver) await this.#turn.next();
        if (this.#isOver([segment])) return cleanedTo;
      }
      cleanedTo = segment.nextOffset;
    }
    return cleanedTo;
  }

  async #rewrite(group: readonly Segment[], latest: ReadonlyMap<string, number>): Promise<void> {
    const { storage } = this.#environment;
    const baseOffset = (group[0] as Segment).baseOffset;
    const compactedTo = (group.at(-1) as Segment).nextOffset;
    const path = `${this.#log.directory}/${segmentFileName({ baseOffset, compactedTo })}`;
    const temporary = `${path}.tmp`;
    const writer = new CompactedSegmentWriter(storage, temporary, baseOffset);
    try {
      const dropped = await this.#copySurvivors(group, latest, writer);
      const isUnchanged = dropped === 0 && group.length === 1 && (group[0] as Segment).compacted;
      if (isUnchanged || this.#isOver(group)) return;
      writer.end(compactedTo);
      // Also moves the recovery point behind the sources, if it is in one of them that was closed since.
      await this.#environment.checkpoint();
      if (this.#isOver(group)) return;
      storage.rename(temporary, path);
    } finally {
      storage.remove(temporary);
    }
    const createdMs = this.#environment.clock.now();
    this.#log.replaceSegments(group, {
      baseOffset,
      compactedTo,
      nextOffset: compactedTo,
      size: writer.size,
      createdMs,
    });
    await this.#environment.checkpoint();
    // The files of a topic that was deleted meanwhile are gone, and its name may be another's.
    if (this.#log.deleted) return;
    for (const source of group) if (source.path !== path) source.remove();
  }

  /** Returns how many records were dropped. */
  async #copySurvivors(
    group: readonly Segment[],
    latest: ReadonlyMap<string, number>,
    writer: CompactedSegmentWriter,
  ): Promise<number> {
    const nowMs = this.#environment.clock.now();
    const firstHorizonMs = nowMs + this.#log.settings['delete.retention.ms'];
    let dropped = 0;
    for (const segment of group) {
      for (const { header, records } of segment.batches()) {
        const isDue = header.deleteHorizonMs > 0 && header.deleteHorizonMs <= nowMs;
        // Where the horizon has passed there are no tombstones left: any other horizon is as good.
        const horizonMs = header.deleteHorizonMs === 0 || isDue ? firstHorizonMs : header.deleteHorizonMs;
        for (const record of records) {
          const { key, value, offset } = record;
          const isSuperseded = key !== null && offset < (latest.get(key.toString('latin1')) ?? offset);
          if (isSuperseded || (value === null && isDue) || offset < this.#log.logStart) {
            dropped += 1;
            continue;
          }
          if (value === null) this.#nextHorizonMs = Math.min(this.#nextHorizonMs ?? horizonMs, horizonMs);
          writer.add(record, horizonMs);
        }
        if (this.#turn.isOver) await this.#turn.next();
        if (this.#isOver(group)) return dropped;
      }
    }
    return dropped;
  }

  /** Whether the log, or what is compacted of it, is being given up meanwhile. */
  #isOver(sources: readonly Segment[]): boolean {
    if (this.#environment.isStopped() || this.#log.deleted) return true;
    return sources.some((segment) => !this.#log.segments.includes(segment));
  }
}

/** Neighbours together as long as they stay below a size. */
function groupBySize(segments: readonly Segment[], maxBytes: number): readonly (readonly Segment[])[] {
  const groups: Segment[][] = [];
  let bytes = 0;
  for (const segment of segments) {
    const group = groups.at(-1);
    if (group === undefined || bytes + segment.size > maxBytes) {
      groups.push([segment]);
      bytes = segment.size;
    } else {
      group.push(segment);
      bytes += segment.size;
    }
  }
  return groups;
}

function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.size, 0);
}
