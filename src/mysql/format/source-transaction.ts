import type { BinlogPlace } from '../binlog/binlog-reader.ts';

/**
 * The transaction whose rows are being written, and how many of them were. A row's number is its place among the rows of its
 * table in the transaction, which is the same wherever the transaction is read from.
 */
export class SourceTransaction {
  /** `uuid:number` or `uuid:tag:number`; `file:position` of its beginning where the server has no GTIDs. */
  readonly gtid: string;
  /** Where it begins, when it has no GTID; else null. */
  readonly place: BinlogPlace | null;
  /** When it was committed on the server where it was first, in microseconds since the epoch. */
  readonly committedAtUs: number;
  /** The same in whole milliseconds: the timestamp of its records. */
  readonly committedAtMs: number;
  /** Rows of captured tables seen so far, by table. */
  readonly rows: { [table: string]: number } = {};
  /** Events told of so far, in all and by table, where the format counts them. */
  events = 0;
  readonly eventsByTable = new Map<string, number>();

  constructor(identity: { readonly name: string; readonly place: BinlogPlace | null }, committedAtUs: number) {
    this.gtid = identity.name;
    this.place = identity.place;
    this.committedAtUs = committedAtUs;
    this.committedAtMs = Math.floor(committedAtUs / 1000);
  }
}

/** The id of a transaction as Debezium writes it. */
export function transactionIdOf({ gtid, place }: Pick<SourceTransaction, 'gtid' | 'place'>): string {
  return place === null ? gtid : `file=${place.file},pos=${place.position}`;
}
