import { MillraceError } from '../../core/millrace-error.ts';
import type { BinlogPlace, TransactionBegin } from '../binlog/binlog-reader.ts';
import type { GtidSet } from '../binlog/gtid-set.ts';
import { addPlaces, firstGap, hasByteAt, parseBinlogFile, placesBetween, placeText } from '../binlog/place-set.ts';
import type { SourceOffset } from './source-offset.ts';
import type { TransactionHistory, TransactionIdentity } from './transaction-history.ts';

/**
 * Of a server without GTIDs: transactions are the places of its binlog that they take. The reader begins at the first of them
 * that is not done with, so what is done with behind it, such as what followed a prepared transaction, is passed over.
 */
export class PlaceHistory implements TransactionHistory {
  readonly #offset: SourceOffset;
  readonly #binlogName: string;
  /** Where the last transaction ended. */
  #last: BinlogPlace;

  /** `binlogName`: what the names of the server's binlog files begin with. */
  constructor(offset: SourceOffset, binlogName: string) {
    this.#offset = offset;
    this.#binlogName = binlogName;
    this.#last = firstGap(offset.done, binlogName);
  }

  get start(): BinlogPlace {
    return firstGap(this.#offset.done, this.#binlogName);
  }

  begin({ gtid, at }: TransactionBegin): TransactionIdentity {
    this.#requireLater(at);
    addPlaces(this.#offset.done, this.#last, at);
    this.#last = at;
    return new Transaction(gtid ?? placeText(at), at);
  }

  isDone({ place }: TransactionIdentity): boolean {
    return hasByteAt(this.#offset.done, place as BinlogPlace);
  }

  end(transaction: TransactionIdentity, next: BinlogPlace): void {
    (transaction as Transaction).end = next;
    this.#last = next;
  }

  complete(transaction: TransactionIdentity): void {
    const { place, end } = transaction as Transaction;
    addPlaces(this.#offset.done, place, end);
  }

  /** A new file is worth remembering: the server may delete the one before. */
  pass(place: BinlogPlace): boolean {
    const isNewFile = place.file !== this.#last.file;
    this.#requireLater(place);
    addPlaces(this.#offset.done, this.#last, place);
    this.#last = place;
    return isNewFile;
  }

  /** After RESET BINARY LOGS places mean something else. */
  #requireLater(place: BinlogPlace): void {
    const before = parseBinlogFile(this.#last.file);
    const now = parseBinlogFile(place.file);
    const isSame = now.number === before.number && place.position >= this.#last.position;
    if (now.name === this.#binlogName && (now.number > before.number || isSame)) return;
    throw new MillraceError(
      'MYSQL_HISTORY_DIVERGED',
      `Expected the binlog to go on behind ${placeText(this.#last)}, got ${placeText(place)}: it was begun anew`,
    );
  }
}

class Transaction implements TransactionIdentity {
  readonly name: string;
  readonly place: BinlogPlace;
  end: BinlogPlace;

  constructor(name: string, place: BinlogPlace) {
    this.name = name;
    this.place = place;
    this.end = { file: place.file, position: place.position + 1 };
  }

  get set(): GtidSet {
    return placesBetween(this.place, this.end);
  }
}
