import type { MaybePromise } from '../../../core/maybe-promise.ts';
import { andThen } from '../../../core/maybe-promise.ts';
import { MillraceError } from '../../../core/millrace-error.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import { readTime, TIME_BYTES, writeTime } from '../../../serde/time-bytes.ts';
import { forEachWhile } from '../../../store/for-each-while.ts';
import type { TimestampedKeyValueStore } from '../../../store/store.ts';

/** The values parked under one time, side and key, in the order they came. */
export interface Parked {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly isLeft: boolean;
  readonly key: Buffer;
  readonly values: readonly Buffer[];
}

const LENGTH_BYTES = 4;
const KEY_AT = TIME_BYTES + 1;
const RIGHT = 0;
const LEFT = 1;

/** The values of a store of parked records: each with its length (32 bits) in front. */
export const parkedValuesSerde: Serde<readonly Buffer[]> = {
  name: 'parked records',
  serialize(values) {
    return Buffer.concat(
      values.flatMap((value) => {
        const length = Buffer.allocUnsafe(LENGTH_BYTES);
        length.writeUInt32BE(value.length, 0);
        return [length, value];
      }),
    );
  },
  deserialize(bytes) {
    const values: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const from = at + LENGTH_BYTES;
      at = from > bytes.length ? Infinity : from + bytes.readUInt32BE(at);
      if (at > bytes.length) throw damaged(bytes);
      values.push(bytes.subarray(from, at));
    }
    return values;
  },
};

/** The records of one task that wait for a partner until their window has closed, ordered by time, right before left, key. */
export class ParkedRecords {
  readonly #store: TimestampedKeyValueStore<Buffer, readonly Buffer[]>;

  constructor(store: TimestampedKeyValueStore<Buffer, readonly Buffer[]>) {
    this.#store = store;
  }

  add({ timestamp, isLeft, key, values }: Parked): void {
    const at = parkedKey(timestamp, isLeft, key);
    const before = this.#store.get(at)?.datum.value ?? [];
    this.#store.put(at, Datum.ofValue([...before, ...values]), timestamp);
  }

  /** Forgets all that is parked there; nothing is no error. */
  remove({ timestamp, isLeft, key }: Omit<Parked, 'values'>): void {
    const at = parkedKey(timestamp, isLeft, key);
    if (this.#store.get(at) !== null) this.#store.put(at, null, timestamp);
  }

  /**
   * Takes out what has waited long enough. Looks at the records in order until one of each side still has to wait; returns
   * the time of the last one looked at too, null with none.
   */
  take(
    isOpen: (timestamp: number, isLeft: boolean) => boolean,
  ): MaybePromise<{ due: Parked[]; lookedAtMs: number | null }> {
    const due: Parked[] = [];
    let lookedAtMs: number | null = null;
    let leftOpen = false;
    let rightOpen = false;
    const scanned = forEachWhile(this.#store.scanRange(null, null), ({ key: { value: bytes }, datum }) => {
      const timestamp = readTime(bytes, 0);
      const isLeft = bytes[TIME_BYTES] === LEFT;
      lookedAtMs = timestamp;
      if (leftOpen && rightOpen) return false;
      if (!isOpen(timestamp, isLeft)) {
        due.push({ timestamp, isLeft, key: bytes.subarray(KEY_AT), values: datum.value });
      } else if (isLeft) {
        leftOpen = true;
      } else {
        rightOpen = true;
      }
      return undefined;
    });
    return andThen(scanned, () => {
      for (const parked of due) this.remove(parked);
      return { due, lookedAtMs };
    });
  }
}

function parkedKey(timestamp: number, isLeft: boolean, key: Buffer): Datum<Buffer> {
  const bytes = Buffer.allocUnsafe(KEY_AT + key.length);
  writeTime(bytes, timestamp, 0);
  bytes[TIME_BYTES] = isLeft ? LEFT : RIGHT;
  bytes.set(key, KEY_AT);
  return Datum.ofValue(bytes);
}

function damaged(bytes: Buffer): MillraceError {
  return new MillraceError(
    'DESERIALIZATION_FAILED',
    `Expected parked records, got ${bytes.length} bytes that are none`,
  );
}
