import type { RecordStamp } from './record-buffer.ts';

/** Names of the headers of each record. Values are text. */
const OP_HEADER = 'op';
const GTID_HEADER = 'gtid';
const TIMESTAMP_HEADER = 'ts_ms';

/** What a record is: read by the snapshot, created, updated or deleted. */
export type Operation = 'r' | 'c' | 'u' | 'd';

const OPERATIONS: Readonly<Record<Operation, Buffer>> = {
  r: Buffer.from('r'),
  c: Buffer.from('c'),
  u: Buffer.from('u'),
  d: Buffer.from('d'),
};

/** The stamps of the records of one transaction (or snapshot): each is made once and shared by its records. */
export class TransactionStamps {
  readonly #stamps: { [operation in Operation]?: RecordStamp } = {};
  readonly #gtid: Buffer;
  readonly #timestamp: number;
  readonly #timestampText: Buffer;

  /** `gtid` is that of the transaction, or the set that the snapshot contains. */
  constructor(gtid: string, timestampMs: number) {
    this.#gtid = Buffer.from(gtid);
    this.#timestamp = timestampMs;
    this.#timestampText = Buffer.from(String(timestampMs));
  }

  /** The stamp for records of this kind. */
  of(operation: Operation): RecordStamp {
    return (this.#stamps[operation] ??= {
      timestamp: this.#timestamp,
      headers: [
        [OP_HEADER, OPERATIONS[operation]],
        [GTID_HEADER, this.#gtid],
        [TIMESTAMP_HEADER, this.#timestampText],
      ],
    });
  }
}
