import { andThen, type MaybePromise } from '../core/maybe-promise.ts';
import { Datum } from '../serde/datum.ts';
import { readTime } from '../serde/time-bytes.ts';
import type { Windowed } from '../serde/windowed-serde.ts';
import { forEachWhile } from './for-each-while.ts';
import { IndexedWindows } from './indexed-windows.ts';
import { Marker } from './marker.ts';
import type { TimestampedKeyValueStore, WindowsShape } from './store.ts';

/** What a store of a program's own asks of the processor that uses it. */
export interface StoreUser {
  store<K, V>(name: string): TimestampedKeyValueStore<K, V>;
  /** The largest timestamp of any record of the task; −1 before the first. */
  readonly streamTimeMs: number;
  recordDropped(reason: string): void;
}

/** Beside the marks of aggregations. */
const NEWEST = 0xffff;
/** Windows that expire are removed together, about so many times in a retention. */
const SWEEPS_PER_RETENTION = 8;

/** The windows of a program's own store: kept for a time after the newest of all, by the times of windows alone. */
export class ExpiringWindows<K, V> {
  readonly windows: IndexedWindows<K, V>;
  readonly #user: StoreUser;
  readonly #newest: Marker | null;
  readonly #retentionMs: number;
  #nextSweepMs = 0;

  /** Throws RUNTIME_STORE_KIND for a store that has no windows. */
  constructor(name: string, user: StoreUser) {
    const store = user.store<Windowed<K>, V>(name);
    this.windows = new IndexedWindows<K, V>(store, (index) => user.store(index));
    const { index, retentionMs } = store.shape as WindowsShape;
    this.#user = user;
    this.#retentionMs = retentionMs ?? Infinity;
    this.#newest = index === null || retentionMs === null ? null : new Marker(user.store(index), NEWEST);
  }

  /** How often `expire` is to be called, in stream time; null: never. */
  get sweepIntervalMs(): number | null {
    return this.#newest === null ? null : Math.max(1, Math.floor(this.#retentionMs / SWEEPS_PER_RETENTION));
  }

  /** Puts or removes (null) a window whose time is this; one that has expired is dropped. */
  put(
    window: Windowed<K>,
    value: V | null,
    { time, timestamp }: { time: number; timestamp: number | undefined },
  ): void {
    const { windows } = this;
    if (this.#newest !== null) {
      // Another processor may write to the same store.
      if (time > this.#newest.stored) this.#newest.set(time, time);
      if (time <= this.#newest.stored - this.#retentionMs) return this.#user.recordDropped('expired window');
    }
    const datum = windows.datumOf(window);
    const at = timestamp ?? Math.max(0, this.#user.streamTimeMs);
    const isThere = windows.get(datum) !== null;
    if (value !== null) {
      if (isThere) windows.update(datum, Datum.ofValue(value), at);
      else windows.create(datum, Datum.ofValue(value), at);
    } else if (isThere) {
      windows.remove(datum, at);
    }
  }

  /** Removes what has expired, now and then. */
  expire(): MaybePromise<void> {
    if (this.#newest === null) return;
    const upTo = this.#newest.stored - this.#retentionMs;
    if (upTo < this.#nextSweepMs) return;
    this.#nextSweepMs = upTo + (this.sweepIntervalMs as number);
    const expired: Buffer[] = [];
    const scanned = forEachWhile(this.windows.indexed({ from: 0, to: upTo }), ({ key }) => {
      if (readTime(key.value, 0) > upTo) return false;
      expired.push(key.value);
    });
    // A store is not changed while it is scanned.
    return andThen(scanned, () => {
      for (const indexKey of expired) this.windows.remove(this.windows.windowAt(indexKey), upTo);
    });
  }
}
