import { MillraceError } from '../../core/millrace-error.ts';
import { GtidSet } from '../binlog/gtid-set.ts';
import { firstGap, placeText } from '../binlog/place-set.ts';
import type { TableName, TableSchema } from '../schema/column-schema.ts';
import type { KeyBound } from '../snapshot/key-column.ts';
import type { SnapshotRequest } from '../snapshot/snapshot-signal.ts';

/** How far a snapshot is that reads a table in chunks. */
export interface ChunkProgress {
  /** Of the signal that asked for it; null for that of a table that is captured for the first time. */
  readonly id: string | null;
  /** The condition for rows to be read, in SQL; null for all. */
  readonly where: string | null;
  /** Whether `lastKey` is known. */
  isPlanned: boolean;
  /** The last key that the table had when the snapshot was begun: what comes later is the stream's. Null when it was empty. */
  lastKey: KeyBound | null;
  /** The key up to which rows are written; null when none are. */
  after: KeyBound | null;
  /** Rows that were read and written. */
  rows: number;
  /** The ends of the topic's partitions when it was begun: a key that is only before them is perhaps gone. */
  readonly topicEnds: readonly number[];
}

/** How far a source is with one table. */
export interface TableProgress {
  /** Whether its snapshot is complete. */
  isSnapshotted: boolean;
  /** The snapshot that is under way; null when none has been begun. */
  chunks: ChunkProgress | null;
  /**
   * The transactions that its snapshot contains, so that the stream leaves them out for this table. It is that of the first
   * attempt: when a snapshot had to begin anew, the stream repeats what happened in between, deletions included. Null when
   * the stream has passed them all.
   */
  since: GtidSet | null;
  /** Columns of the key that its topic is keyed by. */
  readonly key: readonly string[];
}

/** A transaction of which only a part is written yet. */
export interface PartialTransaction {
  readonly gtid: string;
  /** Rows of it that are written, by table (`database.table`). */
  readonly rows: Readonly<{ [table: string]: number }>;
}

/** A table that is captured because a signal asked for it. */
export interface AddedTable extends TableName {
  /** The condition for rows to be read by its snapshot; null for all. */
  readonly where: string | null;
}

/** What signals have asked for. */
export interface SignalState {
  /** Where the topic of signals is read on; null when it was never looked at. */
  nextOffset: number | null;
  isPaused: boolean;
  /** Snapshots that are not begun yet. */
  requests: readonly SnapshotRequest[];
  added: readonly AddedTable[];
}

/** Where a source is: what it writes into its offsets topic in the same transaction as the rows. */
export interface SourceOffset {
  /** `@@server_uuid` of the server last read from. */
  serverUuid: string;
  /**
   * What the names of the server's binlog files begin with, where `done` has places of its binlog because it has no GTIDs;
   * null where it has GTIDs.
   */
  readonly binlogName: string | null;
  /** Transactions that are done with, whether they touched a captured table or not. */
  done: GtidSet;
  current: PartialTransaction | null;
  /** By `database.table`. */
  readonly tables: Map<string, TableProgress>;
  /** Tables as they are at this point of the stream, by `database.table`, where the binlog does not describe them. */
  readonly schemas: Map<string, TableSchema>;
  readonly signals: SignalState;
}

/** That of a source that was never told anything. */
export function noSignals(): SignalState {
  return { nextOffset: null, isPaused: false, requests: [], added: [] };
}

const VERSION = 1;

/** The offset as JSON. */
export function encodeOffset(offset: SourceOffset): Buffer {
  const tables: { [name: string]: unknown } = {};
  for (const [name, progress] of offset.tables) {
    const { isSnapshotted, since, key, chunks } = progress;
    tables[name] = {
      snapshotted: isSnapshotted,
      since: since?.toString() ?? null,
      key,
      ...(chunks === null ? {} : { chunks }),
    };
  }
  const { serverUuid, binlogName, done, current, signals, schemas } = offset;
  const record = {
    version: VERSION,
    serverUuid,
    gtidSet: done.toString(),
    // The place is for people: it follows from the set.
    ...(binlogName === null ? {} : { binlogName, place: placeText(firstGap(done, binlogName)) }),
    current,
    tables,
    ...(schemas.size === 0 ? {} : { schemas: Object.fromEntries(schemas) }),
    signals,
  };
  return Buffer.from(JSON.stringify(record));
}

/** Throws MYSQL_OFFSETS_INVALID. */
export function decodeOffset(bytes: Buffer): SourceOffset {
  try {
    const record = JSON.parse(bytes.toString('utf8')) as EncodedOffset;
    if (record.version !== VERSION) throw invalid(`version ${VERSION}, got ${record.version}`);
    const tables = Object.entries(record.tables).map(([name, progress]): [string, TableProgress] => [
      name,
      {
        isSnapshotted: progress.snapshotted,
        since: progress.since === null ? null : GtidSet.parse(progress.since),
        key: progress.key,
        chunks: progress.chunks ?? null,
      },
    ]);
    return {
      serverUuid: record.serverUuid,
      binlogName: record.binlogName ?? null,
      done: GtidSet.parse(record.gtidSet),
      current: record.current,
      tables: new Map(tables),
      schemas: new Map(Object.entries(record.schemas ?? {})),
      signals: record.signals ?? noSignals(),
    };
  } catch (error) {
    throw error instanceof MillraceError ? error : invalid('JSON that this version wrote', error);
  }
}

interface EncodedOffset {
  readonly version: number;
  readonly serverUuid: string;
  readonly gtidSet: string;
  readonly binlogName?: string;
  readonly current: PartialTransaction | null;
  readonly schemas?: { readonly [name: string]: TableSchema };
  readonly signals?: SignalState;
  readonly tables: {
    readonly [name: string]: {
      readonly snapshotted: boolean;
      readonly since: string | null;
      readonly key: readonly string[];
      readonly chunks?: ChunkProgress;
    };
  };
}

function invalid(expected: string, cause?: unknown): MillraceError {
  return new MillraceError('MYSQL_OFFSETS_INVALID', `Expected the record of the offsets topic to be ${expected}`, {
    cause,
  });
}
