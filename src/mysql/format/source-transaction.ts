/**
 * The transaction whose rows are being written, and how many of them were. A row's number is its place among the rows of its
 * table in the transaction, which is the same wherever the transaction is read from.
 */
export class SourceTransaction {
  /** `uuid:number` or `uuid:tag:number`. */
  readonly gtid: string;
  /** When it was committed on the server where it was first, in microseconds since the epoch. */
  readonly committedAtUs: number;
  /** The same in whole milliseconds: the timestamp of its records. */
  readonly committedAtMs: number;
  /** Rows of captured tables seen so far, by table. */
  readonly rows: { [table: string]: number } = {};
  /** Events told of so far, in all and by table, where the format counts them. */
  events = 0;
  readonly eventsByTable = new Map<string, number>();

  constructor(gtid: string, committedAtUs: number) {
    this.gtid = gtid;
    this.committedAtUs = committedAtUs;
    this.committedAtMs = Math.floor(committedAtUs / 1000);
  }
}
