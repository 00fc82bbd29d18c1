import type { Broker } from '../../broker/port.ts';
import { selectStatement } from '../snapshot/select-statement.ts';
import {
  openConsistentPoint,
  type ConsistentPoint,
  type ConsistentPointOptions,
} from '../snapshot/consistent-point.ts';
import { GoneKeys } from '../snapshot/gone-keys.ts';
import { edgeMarkers, markerAt } from '../snapshot/snapshot-marker.ts';
import { readTopicEnds } from './read-to-end.ts';
import type { CaptureSession } from './capture-session.ts';
import type { CapturedTable } from './captured-table.ts';
import { PointProgress } from './snapshot-progress.ts';
import type { SnapshotRead } from '../format/record-format.ts';
import type { TextRow } from '../values/row-codec.ts';

/** What a snapshot needs. */
export interface SnapshotPhaseOptions {
  readonly broker: Broker;
  readonly session: CaptureSession;
  /** The tables to read. */
  readonly tables: readonly CapturedTable[];
  /** The condition that rows of a table must meet; null for none. */
  whereOf(table: CapturedTable): string | null;
  readonly point: Omit<ConsistentPointOptions, 'tables' | 'contains' | 'watermarks'>;
  /** Told of each table once it begins. */
  onTable(progress: PointProgress): void;
  now(): number;
  /** Asked between batches: whether to leave off. */
  isStopping(): boolean;
}

const BATCH = { maxRows: 1000, maxBytes: 1 << 20 };
/** Rows without a key would come twice when they are read anew, so that as many as can be held are committed at once. */
const KEYLESS_BYTES = 64 << 20;

/**
 * Reads tables all at one consistent point, in bounded memory, while nothing is streamed.
 *
 * The rows of each table are a millisecond later than those of the table before it: tasks take records by their timestamps,
 * and would mix the rows of a stream with those of a table, still incomplete, that it is joined with, were they all equal.
 *
 * A snapshot that breaks off is made anew at a later point; of what happened in between the stream leaves out what is
 * contained in it. Keys that the topic has from before (an attempt that broke off, a table that was captured once) and the
 * table has no more get tombstones. Rows of a table without a key that were committed before it broke off come twice; up to
 * 64 MiB of them are committed at once, so that only larger tables can have any.
 */
export async function runSnapshot(options: SnapshotPhaseOptions): Promise<void> {
  const { session, tables: pending } = options;
  const point = await openConsistentPoint({
    ...options.point,
    tables: pending.map((table) => table.described),
    contains: session.offset.done,
    watermarks: session.watermarks,
  });
  const { gtids, name, place, atMs: pointMs } = point.mark;
  const { file, position } = place ?? { file: '', position: 0 };
  try {
    // Nothing has been streamed before the very first snapshot: the stream starts at its point.
    if (session.offset.done.isEmpty) session.offset.done = gtids.copy();
    for (const { progress } of pending) progress.since = gtids.copy();
    await session.commit();
    for (const [index, table] of pending.entries()) {
      if (options.isStopping()) return;
      const atMs = pointMs - (pending.length - 1 - index);
      const read: SnapshotRead = { gtids: name, atMs, file, position, marker: 'true', row: 0 };
      await readTable(table, { ...options, point, read, index });
    }
  } finally {
    point.connection.destroy();
  }
}

async function readTable(
  table: CapturedTable,
  options: Omit<SnapshotPhaseOptions, 'point'> & { point: ConsistentPoint; read: SnapshotRead; index: number },
): Promise<void> {
  const { session, point, read } = options;
  const described = point.tables[options.index] as ConsistentPoint['tables'][number];
  const progress = new PointProgress(table.name, described.estimatedRows, options.now());
  options.onTable(progress);
  const format = await table.prepare(described);
  const sink = table.sinkIn(session.buffer);
  const hasKey = described.key.length > 0;
  const ends = await readTopicEnds(options.broker, table.topic, table.partitions);
  const where = options.whereOf(table);
  const statement = selectStatement(described, { conditions: where === null ? [] : [where] });
  let held: readonly TextRow[] = [];
  const add = (rows: readonly TextRow[], isLast: boolean) => {
    const markers = edgeMarkers(table, session.tables.values(), { isFirst: read.row === 0, isLast });
    for (const [index, row] of rows.entries()) {
      read.marker = markerAt(markers, index, rows.length);
      format.addRead(row, read, sink);
    }
  };
  for await (const rows of point.connection.readBatches(statement, BATCH)) {
    // The last row is only known when there are no more.
    add(held, false);
    held = rows;
    progress.rows += rows.length;
    if (session.isFull && (hasKey || session.buffer.bytes >= KEYLESS_BYTES)) await session.commit();
    if (options.isStopping()) return session.buffer.clear();
  }
  add(held, true);
  if (hasKey && where === null && ends.some((end) => end > 0)) {
    await session.commit();
    const gone = new GoneKeys({ broker: options.broker, topic: table.topic, ends, onNews: () => undefined });
    for await (const keys of gone.passes()) {
      for (const key of keys) {
        format.addGone(key, read, sink);
        if (session.isFull) await session.commit();
      }
    }
  }
  progress.isComplete = true;
  table.progress.isSnapshotted = true;
  await session.commit();
}
