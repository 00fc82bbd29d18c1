import type { BinlogPlace, TransactionBegin } from '../binlog/binlog-reader.ts';
import type { GtidSet } from '../binlog/gtid-set.ts';

/** Which transaction it is. */
export interface TransactionIdentity {
  /** What its records call it: its GTID, or `file:position` of its beginning where the server has none. */
  readonly name: string;
  /** The set of it alone. */
  readonly set: GtidSet;
  /** Where it begins, when it has no GTID; else null. */
  readonly place: BinlogPlace | null;
}

/**
 * Which transactions are done with, in the order in which the stream comes to them: by their GTIDs, or by their places where
 * the server has no GTIDs.
 */
export interface TransactionHistory {
  /** Where the reader goes on. */
  readonly start: string | BinlogPlace;
  /** Names a transaction that begins. Throws MYSQL_SETTING_UNSUPPORTED, MYSQL_HISTORY_DIVERGED. */
  begin(event: TransactionBegin): TransactionIdentity;
  /** Whether it was done with before: the reader gives it once more for the sake of one before it. */
  isDone(transaction: TransactionIdentity): boolean;
  /** The transaction has ended here, whether it counts or not. */
  end(transaction: TransactionIdentity, next: BinlogPlace): void;
  /** It is done with. Called after its `end`. */
  complete(transaction: TransactionIdentity): void;
  /** Nothing was there up to this place. Gives whether that is worth remembering, though nothing happened. */
  pass(place: BinlogPlace): boolean;
}
