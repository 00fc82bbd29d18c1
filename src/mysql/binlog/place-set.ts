import { MillraceError } from '../../core/millrace-error.ts';
import type { BinlogPlace } from './binlog-reader.ts';
import { GtidSet } from './gtid-set.ts';

/** Names the numbers of places in sets. */
const SOURCE = '00000000-0000-0000-0000-000000000000';
const POSITION_BITS = 36n;
const LAST_FILE = 2 ** 27 - 1;
const FILE = /^(.*)\.(\d+)$/;
/** Digits of the number of a file at least, as MySQL and MariaDB write it. */
const FILE_DIGITS = 6;

/**
 * Places of one server's binlog in the arithmetic of GTID sets, for a server without GTIDs.
 *
 * Places are numbers in the order of the binlog: the number of the file (27 bits), then the position in it (36 bits). The set
 * of a transaction has the numbers of all its bytes; the set of what a server has logged has all numbers up to where its
 * binlog ends. So what is contained in what, and what has passed, is asked in the same way as of GTIDs; a prepared
 * transaction that is not done with is a gap.
 */
export function placesUpTo(place: BinlogPlace): GtidSet {
  return placesBetween(null, place);
}

/** The places behind one and up to another. */
export function placesBetween(from: BinlogPlace | null, to: BinlogPlace): GtidSet {
  const set = new GtidSet();
  addPlaces(set, from, to);
  return set;
}

/** Adds the places behind one and up to another. Throws MYSQL_EVENT_UNREADABLE for a name that is no binlog file's. */
export function addPlaces(set: GtidSet, from: BinlogPlace | null, to: BinlogPlace): void {
  const first = from === null ? 1n : numberOf(from) + 1n;
  const last = numberOf(to);
  if (first <= last) set.addRange(SOURCE, first, last);
}

/** Whether the byte behind a place is in the set. */
export function hasByteAt(set: GtidSet, place: BinlogPlace): boolean {
  return set.has(`${SOURCE}:${numberOf(place) + 1n}`);
}

/** The last place before the first gap of the set, in files of this name. */
export function firstGap(set: GtidSet, binlogName: string): BinlogPlace {
  const number = set.endOfFirstInterval(SOURCE) ?? 0n;
  const file = Number(number >> POSITION_BITS);
  const position = Number(number & ((1n << POSITION_BITS) - 1n));
  return { file: `${binlogName}.${String(file).padStart(FILE_DIGITS, '0')}`, position };
}

/** What the names of binlog files begin with, and the number of this one: `binlog` and 42 of `binlog.000042`. */
export function parseBinlogFile(file: string): { readonly name: string; readonly number: number } {
  const [, name, digits] = FILE.exec(file) ?? [];
  const number = Number(digits);
  if (name === undefined || number > LAST_FILE) {
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected the name of a binlog file, got "${file}"`);
  }
  return { name, number };
}

/** `binlog.000042:157` */
export function placeText({ file, position }: BinlogPlace): string {
  return `${file}:${position}`;
}

function numberOf({ file, position }: BinlogPlace): bigint {
  return (BigInt(parseBinlogFile(file).number) << POSITION_BITS) | BigInt(position);
}
