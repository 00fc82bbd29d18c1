import { Datum } from '../serde/datum.ts';
import { timeBytes, TIME_BYTES } from '../serde/time-bytes.ts';
import type { Windowed } from '../serde/windowed-serde.ts';
import type { StoreCursor, TimestampedDatum, TimestampedKeyValueStore } from './store.ts';
import { indexKeyOf, sessionKey, timeWindowKey, windowKeyOf } from './window-key.ts';

/** Entries in order of time, then key; the values are of no meaning but for markers. */
export type WindowIndex = TimestampedKeyValueStore<Buffer, number>;

/** The stores that windows are kept in. */
export interface WindowStoreParts<K, A> {
  readonly windows: TimestampedKeyValueStore<Windowed<K>, A>;
  /** Null where windows never close. */
  readonly index: WindowIndex | null;
  /** Whether windows are told by end and start, not by start alone. */
  readonly sessions: boolean;
}

/**
 * One task's windows: each with its aggregate, by key and time, and an index of them by time. The time is the start of a
 * window; the end of a session. The index is written only when a window comes or goes.
 */
export class WindowStore<K, A> {
  readonly #windows: TimestampedKeyValueStore<Windowed<K>, A>;
  readonly #index: WindowIndex | null;
  readonly #timesBytes: number;
  readonly #present = Datum.ofValue(0);

  constructor({ windows, index, sessions }: WindowStoreParts<K, A>) {
    this.#windows = windows;
    this.#index = index;
    this.#timesBytes = sessions ? 2 * TIME_BYTES : TIME_BYTES;
  }

  /** What a window is found by; the bytes of the key are those of the grouped record's. */
  timeWindow(key: Buffer, start: number): Datum<Windowed<K>> {
    return Datum.ofBytes(timeWindowKey(key, start), this.#windows.keySerde);
  }

  /** What a session is found by. */
  session(key: Buffer, start: number, end: number): Datum<Windowed<K>> {
    return Datum.ofBytes(sessionKey(key, start, end), this.#windows.keySerde);
  }

  get(window: Datum<Windowed<K>>): TimestampedDatum<A> | null {
    return this.#windows.get(window);
  }

  /** Puts the aggregate of a window that is there already. */
  update(window: Datum<Windowed<K>>, aggregate: Datum<A>, timestamp: number): void {
    this.#windows.put(window, aggregate, timestamp);
  }

  /** Puts the aggregate of a new window. */
  create(window: Datum<Windowed<K>>, aggregate: Datum<A>, timestamp: number): void {
    this.#windows.put(window, aggregate, timestamp);
    if (this.#index !== null) this.#index.put(this.#indexDatum(window), this.#present, timestamp);
  }

  /** Forgets a window that is there. */
  remove(window: Datum<Windowed<K>>, timestamp: number): void {
    this.#windows.put(window, null, timestamp);
    if (this.#index !== null) this.#index.put(this.#indexDatum(window), null, timestamp);
  }

  /** The windows of a key that start in a span of time, both ends included, in order. */
  windowsOf(key: Buffer, from: number, to: number): StoreCursor<Windowed<K>, A> {
    return this.#windows.scanRange(this.timeWindow(key, from), this.timeWindow(key, to));
  }

  /** The sessions of a key that end at a time or later, in order. */
  sessionsOf(key: Buffer, endFrom: number): StoreCursor<Windowed<K>, A> {
    const last = this.session(key, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    return this.#windows.scanRange(this.session(key, 0, endFrom), last);
  }

  /** The index entries of a span of time, both ends included, in order; an entry right after the span may follow. */
  indexed(from: number, to: number): StoreCursor<Buffer, number> {
    const index = this.#index as WindowIndex;
    return index.scanRange(
      Datum.ofBytes(timeBytes(from), index.keySerde),
      Datum.ofBytes(timeBytes(to + 1), index.keySerde),
    );
  }

  /** The window that an index entry stands for. */
  windowAt(indexKey: Buffer): Datum<Windowed<K>> {
    return Datum.ofBytes(windowKeyOf(indexKey, this.#timesBytes), this.#windows.keySerde);
  }

  #indexDatum(window: Datum<Windowed<K>>): Datum<Buffer> {
    return Datum.ofValue(indexKeyOf(window.bytes(this.#windows.keySerde)));
  }
}
