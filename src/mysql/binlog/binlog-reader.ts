import type { TableSchema } from '../schema/column-schema.ts';
import type { BinlogRow } from '../values/row-codec.ts';

/**
 * What a source asks of a reader of the binlog. Whoever implements it reads as a replica, starts behind a GTID set, stops
 * with an error at anything that it cannot read exactly, and holds the server back while its events are not taken.
 */
export interface BinlogReader {
  /**
   * Starts reading behind the transactions of the set. Throws MYSQL_UNREACHABLE, MYSQL_ACCESS_DENIED, MYSQL_GRANT_MISSING,
   * MYSQL_BINLOG_PURGED, MYSQL_BINLOG_REFUSED.
   */
  open(gtidSet: string): Promise<void>;
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
  | PreparedTransactionEnd;

/** A transaction starts; what follows up to its end belongs to it. */
export interface TransactionBegin {
  readonly kind: 'begin';
  /** `uuid:number` or `uuid:tag:number`. */
  readonly gtid: string;
  /** When it was committed on the server where it was first, in milliseconds since the epoch. */
  readonly committedAtMs: number;
}

/**
 * Rows of one table were inserted, updated or deleted.
 *
 * Values of a row image, in column order: integers are numbers, or decimal strings when unsafe; DECIMAL is exact text;
 * FLOAT and DOUBLE are numbers; everything else is the bytes of the row image (text in the column's character set, YEAR and
 * temporal values, ENUM and SET as MySQL packs them, JSON in its binary form, BIT big-endian); null is NULL.
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
}

/** A statement in the binlog: DDL, or a change logged as text. */
export interface StatementExecuted {
  readonly kind: 'statement';
  readonly sql: string;
  /** The default database of the session; empty when there was none. */
  readonly database: string;
}

/** The transaction is committed. */
export interface TransactionCommit {
  readonly kind: 'commit';
}

/** The transaction was logged and then rolled back, for it changed something that cannot be: nothing of it counts. */
export interface TransactionRollback {
  readonly kind: 'rollback';
}

/** This transaction is an XA one: its rows follow, but whether they count is not known before its end. */
export interface PreparedTransactionBegin {
  readonly kind: 'prepared-begin';
}

/** The transaction is an XA one and only prepared: its rows count when, and if, it is committed. */
export interface TransactionPrepared {
  readonly kind: 'prepared';
  readonly xid: string;
}

/** This transaction commits or rolls back the one prepared before under the same id. It has no rows of its own. */
export interface PreparedTransactionEnd {
  readonly kind: 'prepared-end';
  readonly xid: string;
  readonly isCommitted: boolean;
}
