import type { TableSnapshot } from '../snapshot/table-snapshot.ts';

/** How far the snapshot of one table is. */
export interface SnapshotProgress {
  /** `database.table`. */
  readonly table: string;
  /** Rows written. */
  readonly rows: number;
  /** As the server estimates it. */
  readonly estimatedRows: number;
  /** Of the estimate, at most 99 until it is complete. */
  readonly percent: number;
  /** Milliseconds until it is complete at the rate so far; null while that is not known, 0 when it is. */
  readonly etaMs: number | null;
  readonly isComplete: boolean;
  /** Whether a signal asked for it. */
  readonly isOnRequest: boolean;
  /** Whether a signal ended it before it was complete. */
  readonly isStopped: boolean;
}

/** What is known of a snapshot while it is made. */
interface Counts {
  readonly table: string;
  readonly rows: number;
  readonly estimatedRows: number;
  readonly startedAtMs: number;
  /** Rows that were written before it was taken up again. */
  readonly rowsBefore: number;
  readonly isComplete: boolean;
}

/** The snapshot of a table that is read at one point. */
export class PointProgress implements Counts {
  readonly table: string;
  readonly estimatedRows: number;
  readonly startedAtMs: number;
  readonly rowsBefore = 0;
  rows = 0;
  isComplete = false;

  constructor(table: string, estimatedRows: number, startedAtMs: number) {
    this.table = table;
    this.estimatedRows = estimatedRows;
    this.startedAtMs = startedAtMs;
  }
}

/** How far the snapshot of a table is that is read at one point. */
export function progressAtPoint(point: PointProgress, nowMs: number): SnapshotProgress {
  return { ...estimate(point, nowMs), isOnRequest: false, isStopped: false };
}

/** How far the snapshot of a table is that is read in chunks. */
export function progressInChunks(snapshot: TableSnapshot, nowMs: number): SnapshotProgress {
  const { rows, rowsBefore, startedAtMs, isEnded, isCancelled, isOnRequest } = snapshot;
  const { name: table, described } = snapshot.table;
  const isComplete = isEnded && !isCancelled;
  const counts = { table, rows, rowsBefore, startedAtMs, estimatedRows: described.estimatedRows, isComplete };
  return { ...estimate(counts, nowMs), isOnRequest, isStopped: isEnded && isCancelled };
}

function estimate(counts: Counts, nowMs: number): Omit<SnapshotProgress, 'isOnRequest' | 'isStopped'> {
  const { table, rows, estimatedRows, isComplete } = counts;
  if (isComplete) return { table, rows, estimatedRows, percent: 100, etaMs: 0, isComplete };
  const percent = Math.min(99, Math.floor((rows / Math.max(1, estimatedRows)) * 100));
  const written = rows - counts.rowsBefore;
  const msPerRow = written === 0 ? null : (nowMs - counts.startedAtMs) / written;
  const etaMs = msPerRow === null ? null : Math.round(msPerRow * Math.max(0, estimatedRows - rows));
  return { table, rows, estimatedRows, percent, etaMs, isComplete };
}
