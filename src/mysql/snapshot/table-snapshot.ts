import type { CapturedTable } from '../source/captured-table.ts';
import type { ChunkProgress } from '../source/source-offset.ts';
import type { SnapshotRead } from '../format/record-format.ts';
import type { SnapshotBatch, SnapshotWindow } from './snapshot-window.ts';

/** A table to capture, and how its snapshot is made. */
export interface SnapshotRules {
  /** A condition, in SQL, that rows must meet to be read; null reads all. What the binlog says later is not held to it. */
  readonly where: string | null;
  /** Nothing that is read with it needs to be complete before it: it may be read beside the tables before it. */
  readonly isTable: boolean;
}

/** Rows of a chunk whose watermark the stream has passed. */
export interface PassedBatch {
  readonly window: SnapshotWindow;
  readonly batch: SnapshotBatch;
}

/** The snapshot of one table that is under way. */
export class TableSnapshot {
  readonly table: CapturedTable;
  readonly rules: SnapshotRules;
  /** Its chunks in flight. */
  readonly open = new Set<SnapshotWindow>();
  /** Resolves when it is complete, or was given up. */
  readonly ended: Promise<void>;
  readonly startedAtMs: number;
  /** Null until the first row is written; goes on from one chunk to the next. */
  read: SnapshotRead | null = null;
  /** Rows that wait until it is known whether others follow them; null where records do not tell of it. */
  held: PassedBatch | null = null;
  isEnded = false;
  /** Whether a signal asked for it. */
  isOnRequest = false;
  /** Rows that were written before it was taken up again. */
  rowsBefore = 0;
  /** It was given up before it was complete. */
  isCancelled = false;
  #rows = 0;
  readonly #resolveEnded: () => void;

  constructor(table: CapturedTable, rules: SnapshotRules, startedAtMs: number) {
    this.table = table;
    this.rules = rules;
    this.startedAtMs = startedAtMs;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#resolveEnded = resolve;
  }

  /** What the offset says of it. */
  get chunks(): ChunkProgress {
    return this.table.progress.chunks as ChunkProgress;
  }

  /** Rows written so far. */
  get rows(): number {
    return this.table.progress.chunks?.rows ?? this.#rows;
  }

  /** Gives it up: what waits is forgotten. */
  cancel(): void {
    if (this.isEnded) return;
    this.isCancelled = true;
    for (const window of this.open) window.close();
  }

  /** Nothing of it is left to be written. */
  end(rows: number): void {
    this.#rows = rows;
    this.isEnded = true;
    this.#resolveEnded();
  }
}
