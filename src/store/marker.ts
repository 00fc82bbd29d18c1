import { Datum } from '../serde/datum.ts';
import type { TimestampedKeyValueStore } from './store.ts';

/** Where the keys of markers begin: after all times, whose first byte is below. */
const MARKERS = 0xff;

/**
 * A number that a task must still know after a restart, such as its stream time. Kept in a store whose keys begin with times
 * or with zeros, after all of these.
 */
export class Marker {
  readonly #store: TimestampedKeyValueStore<Buffer, readonly number[]>;
  readonly #key: Datum<Buffer>;
  #value: number;

  /** Reads marker number `id` (0 to 65535); −1 where it was never set. */
  constructor(store: TimestampedKeyValueStore<Buffer, readonly number[]>, id: number) {
    this.#store = store;
    this.#key = Datum.ofBytes(Buffer.from([MARKERS, id >>> 8, id & 0xff]), store.keySerde);
    this.#value = this.stored;
  }

  /** What this processor knows of it. */
  get value(): number {
    return this.#value;
  }

  /** What the store has: where another processor sets the same marker, its latest. */
  get stored(): number {
    return this.#store.get(this.#key)?.datum.value[0] ?? -1;
  }

  /** Sets it, at a time in stream time. */
  set(value: number, timestamp: number): void {
    this.#value = value;
    this.#store.put(this.#key, Datum.ofValue([value]), timestamp);
  }
}
