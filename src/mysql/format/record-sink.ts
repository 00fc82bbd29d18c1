import type { Headers } from '../../core/headers.ts';

/** What a record has beside its key and value. */
export interface RecordStamp {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly headers: Headers;
}

/** Takes the records of one topic, in order; a record without a key goes where the others without one go. */
export interface RecordSink {
  /** `value` null is a tombstone; text is written in UTF-8. */
  add(key: string | Buffer | null, value: string | Buffer | null, stamp: RecordStamp): void;
  /** Likewise, with the bytes as they are. */
  addBytes(key: Buffer | null, value: Buffer | null, stamp: RecordStamp): void;
}
