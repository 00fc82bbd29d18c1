import { MillraceError } from '../../core/millrace-error.ts';
import type { TransactionBegin } from '../binlog/binlog-reader.ts';
import { GtidSet } from '../binlog/gtid-set.ts';
import type { SourceOffset } from './source-offset.ts';
import type { TransactionHistory, TransactionIdentity } from './transaction-history.ts';

/** Of a server with GTIDs: it sends what is not in the set of those that are done with, whichever server of the same history it is. */
export class GtidHistory implements TransactionHistory {
  readonly #offset: SourceOffset;

  constructor(offset: SourceOffset) {
    this.#offset = offset;
  }

  get start(): string {
    return this.#offset.done.toString();
  }

  begin({ gtid }: TransactionBegin): TransactionIdentity {
    if (gtid === null) {
      throw new MillraceError(
        'MYSQL_SETTING_UNSUPPORTED',
        'Expected each transaction to have a GTID, as when this source began, got one without: SET PERSIST gtid_mode = ON',
      );
    }
    return new Transaction(gtid);
  }

  isDone(): boolean {
    return false;
  }

  end(): void {}

  complete({ name }: TransactionIdentity): void {
    this.#offset.done.add(name);
  }

  pass(): boolean {
    return false;
  }
}

class Transaction implements TransactionIdentity {
  readonly name: string;
  readonly place = null;

  constructor(gtid: string) {
    this.name = gtid;
  }

  get set(): GtidSet {
    const set = new GtidSet();
    set.add(this.name);
    return set;
  }
}
