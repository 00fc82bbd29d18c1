import { MillraceError } from '../../core/millrace-error.ts';
import type { RowsChanged } from '../binlog/binlog-reader.ts';

/** An XA transaction that is prepared and neither committed nor rolled back yet. */
export interface PreparedTransaction {
  /** The GTID of its preparation. */
  readonly gtid: string;
  readonly changes: readonly RowsChanged[];
}

/** Rough bytes of a value that is no buffer. */
const VALUE_BYTES = 16;

/** Holds prepared XA transactions until their end comes, up to a number of bytes. */
export class PreparedTransactions {
  readonly #transactions = new Map<string, PreparedTransaction & { bytes: number }>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Throws MYSQL_XA_TOO_LARGE. */
  add(xid: string, transaction: PreparedTransaction): void {
    const bytes = transaction.changes.reduce((sum, change) => sum + sizeOf(change), 0);
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) {
      throw new MillraceError(
        'MYSQL_XA_TOO_LARGE',
        `Expected prepared transactions to need at most ${this.#maxBytes} bytes, got ${this.#bytes}`,
      );
    }
    this.#transactions.set(xid, { ...transaction, bytes });
  }

  /** The GTIDs of the preparations. */
  *gtids(): Iterable<string> {
    for (const { gtid } of this.#transactions.values()) yield gtid;
  }

  /** Gives the transaction up; undefined when it is not known, because it has no rows of a captured table. */
  take(xid: string): PreparedTransaction | undefined {
    const transaction = this.#transactions.get(xid);
    if (transaction === undefined) return undefined;
    this.#transactions.delete(xid);
    this.#bytes -= transaction.bytes;
    return transaction;
  }
}

function sizeOf(change: RowsChanged): number {
  let bytes = 0;
  for (const row of [...change.rows, ...change.before]) {
    for (let column = 0; column < change.table.columns.length; column++) {
      const value = row[column];
      bytes += typeof value === 'object' && value !== null ? value.length : VALUE_BYTES;
    }
  }
  return bytes;
}
