import { MillraceError } from '../../core/millrace-error.ts';
import type { RowsChanged, UnreadableEvent } from '../binlog/binlog-reader.ts';
import type { TransactionIdentity } from './transaction-history.ts';

/** An XA transaction that is prepared and neither committed nor rolled back yet. */
export interface PreparedTransaction {
  /** Its preparation. */
  readonly identity: TransactionIdentity;
  readonly changes: readonly HeldChange[];
}

/** What is held of a transaction. */
export type HeldChange = RowsChanged | UnreadableEvent;

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

  /** The preparations. */
  *identities(): Iterable<TransactionIdentity> {
    for (const { identity } of this.#transactions.values()) yield identity;
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

function sizeOf(change: HeldChange): number {
  if (change.kind === 'unreadable') return change.bytes.length;
  let bytes = 0;
  for (const row of [...change.rows, ...change.before]) {
    for (let column = 0; column < change.table.columns.length; column++) {
      const value = row[column];
      bytes += typeof value === 'object' && value !== null ? value.length : VALUE_BYTES;
    }
  }
  return bytes;
}
