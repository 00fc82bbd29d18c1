import { Datum } from '../../serde/datum.ts';
import type { TimestampedKeyValueStore } from '../store.ts';

/** Where the keys of markers begin: after all times, whose first byte is below. */
const MARKERS = 0xff;

/**
 * A time that a task must still know after a restart, such as its stream time. Kept in a store whose keys begin with times,
 * after all of these.
 */
export class TimeMarker {
  readonly #store: TimestampedKeyValueStore<Buffer, number>;
  readonly #key: Datum<Buffer>;
  #ms: number;

  /** Reads marker number `id` (0 to 65535); −1 where it was never set. */
  constructor(store: TimestampedKeyValueStore<Buffer, number>, id: number) {
    this.#store = store;
    this.#key = Datum.ofBytes(Buffer.from([MARKERS, id >>> 8, id & 0xff]), store.keySerde);
    this.#ms = this.stored;
  }

  /** What this processor knows of it. */
  get ms(): number {
    return this.#ms;
  }

  /** What the store has: where another processor sets the same marker, its latest. */
  get stored(): number {
    return this.#store.get(this.#key)?.datum.value ?? -1;
  }

  set(ms: number): void {
    this.#ms = ms;
    this.#store.put(this.#key, Datum.ofValue(ms), ms);
  }
}
