import type { MillraceError } from '../../core/millrace-error.ts';
import type { TableSchema } from '../schema/column-schema.ts';
import type { BinlogRow } from '../values/row-codec.ts';

/** A place in the binlog of one server. It means nothing on another one. */
export interface BinlogPlace {
  /** `binlog.000042` */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly position: number;
}

/**
 * What a source asks of a reader of the binlog. Whoever implements it reads as a replica, starts behind a GTID set (or at a
 * place, when the server has no GTIDs), stops with an error at anything that it cannot read exactly, and holds the server
 * back while its events are not taken.
 */
export interface BinlogReader {
  /**
   * Starts reading behind the transactions of a GTID set, or at a place where a transaction begins. Throws
   * MYSQL_UNREACHABLE, MYSQL_ACCESS_DENIED, MYSQL_GRANT_MISSING, MYSQL_BINLOG_PURGED, MYSQL_BINLOG_REFUSED.
   */
  open(from: string | BinlogPlace): Promise<void>;
  /**
   * All events that are there, in order, once there is one; none after `maxWaitMs`, or as soon as `wakeup` is called.
   * Throws what `open` throws, and MYSQL_EVENT_UNREADABLE and its kin; after an error the reader can only be closed.
   */
  read(maxWaitMs: number): Promise<readonly BinlogEvent[]>;
  /** Ends a waiting `read` at once. */
  wakeup(): void;
  /** Cuts the connection. May be called twice. */
  close(): Promise<void>;
}

/** What happened on the server. Only rows of the tables asked for are handed over; the other events are always. */
export type BinlogEvent =
  | TransactionBegin
  | RowsChanged
  | StatementExecuted
  | TransactionCommit
  | TransactionRollback
  | PreparedTransactionBegin
  | TransactionPrepared
  | PreparedTransactionEnd
  | Heartbeat
  | UnreadableEvent;

/** Where an event is in the binlog, and what its header says. */
export interface EventPlace extends BinlogPlace {
  /** The server on which the change was made first. */
  readonly serverId: number;
  /** When the statement began there, in seconds since the epoch. */
  readonly timestampSeconds: number;
}

/** A transaction starts; what follows up to its end belongs to it. */
export interface TransactionBegin {
  readonly kind: 'begin';
  /** `uuid:number` or `uuid:tag:number`; null when the server has no GTIDs. */
  readonly gtid: string | null;
  /** When it was committed on the server where it was first, in milliseconds since the epoch. */
  readonly committedAtMs: number;
  /** The same in microseconds; a whole number of milliseconds where the server tells no more. */
  readonly committedAtUs: number;
  /** Where it begins. */
  readonly at: EventPlace;
}

/**
 * Rows of one table were inserted, updated or deleted.
 *
 * Values of a row image, in column order: integers are numbers, or decimal strings when unsafe; DECIMAL is exact text;
 * FLOAT and DOUBLE are numbers; everything else is the bytes of the row image (text in the column's character set, YEAR and
 * temporal values, ENUM and SET as MySQL packs them, JSON in its binary form, BIT big-endian, GEOMETRY as its SRID in four
 * bytes and WKB, VECTOR as 32-bit floats; numbers in them are little-endian); null is NULL. A column that the row image does
 * not have (binlog_row_image MINIMAL or NOBLOB) is undefined: nothing is known of it but that the statement did not set it.
 *
 * A row event may come in several of these, one after the other.
 */
export interface RowsChanged {
  readonly kind: 'rows';
  readonly operation: 'insert' | 'update' | 'delete';
  /** The table as it was then. The same object while its definition is the same. */
  readonly table: TableSchema;
  /** Inserts: new rows. Deletes: old rows. Updates: the rows after. */
  readonly rows: readonly BinlogRow[];
  /** Updates: the rows before, one for each of `rows`; else empty. */
  readonly before: readonly BinlogRow[];
  /** Whether rows that foreign keys change along with these have events of their own. */
  readonly hasCascades: boolean;
  /** Whether every row has all columns of the table, before and after; else some are undefined. */
  readonly isComplete: boolean;
  /** The row event. */
  readonly at: EventPlace;
  /** How many rows of the event were handed over before these. */
  readonly firstRow: number;
  /** The event as the server sent it, header included, checksum not. */
  readonly event: Buffer;
  /** The thread (connection) that made the change; 0 when it is not told. */
  readonly threadId: number;
  /** The statement that made the change, when the server logs it (binlog_rows_query_log_events); else null. */
  readonly query: string | null;
}

/** A statement in the binlog: DDL, or a change logged as text. */
export interface StatementExecuted {
  readonly kind: 'statement';
  readonly sql: string;
  /** The default database of the session; empty when there was none. */
  readonly database: string;
  readonly at: EventPlace;
  readonly threadId: number;
}

/** The transaction is committed. */
export interface TransactionCommit {
  readonly kind: 'commit';
  /** Where the next one begins: from there `open` goes on when the server has no GTIDs. */
  readonly next: BinlogPlace;
}

/** The transaction was logged and then rolled back, for it changed something that cannot be: nothing of it counts. */
export interface TransactionRollback {
  readonly kind: 'rollback';
  /** Where the next one begins. */
  readonly next: BinlogPlace;
}

/** This transaction is an XA one: its rows follow, but whether they count is not known before its end. */
export interface PreparedTransactionBegin {
  readonly kind: 'prepared-begin';
}

/** The transaction is an XA one and only prepared: its rows count when, and if, it is committed. */
export interface TransactionPrepared {
  readonly kind: 'prepared';
  readonly xid: string;
  /** Where the next one begins. */
  readonly next: BinlogPlace;
}

/** This transaction commits or rolls back the one prepared before under the same id. It has no rows of its own. */
export interface PreparedTransactionEnd {
  readonly kind: 'prepared-end';
  readonly xid: string;
  readonly isCommitted: boolean;
}

/** The server has nothing more to send: it has come to this place of its binlog. Only between transactions. */
export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly at: BinlogPlace;
}

/**
 * An event that cannot be read exactly, handed over instead of ending the stream because the reader was told to
 * (`quarantine`). Only events of rows are: after any other nothing can be read.
 */
export interface UnreadableEvent {
  readonly kind: 'unreadable';
  /** The event as the server sent it, header included, checksum not. */
  readonly bytes: Buffer;
  /** Why, and where it is. */
  readonly error: MillraceError;
  /** How many of its rows were handed over before. */
  readonly firstRow: number;
}
