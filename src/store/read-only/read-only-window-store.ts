import type { Windowed } from '../../serde/windowed-serde.ts';
import type { IndexedWindows } from '../indexed-windows.ts';
import type { KeyValueTimestamp } from './read-only-key-value-store.ts';
import { type KeyBounds, windowsByTime, windowsOfKey } from './scan-windows.ts';

type Windows<K, V> = AsyncIterable<KeyValueTimestamp<Windowed<K>, V>>;

const ALL_TIMES = Object.freeze({ from: 0, to: Number.MAX_SAFE_INTEGER });

/**
 * A store of tumbling, hopping, sliding or unlimited windows over all its partitions at hand, to be read only: for queries,
 * tests and views.
 *
 * The names are those of Kafka Streams' `ReadOnlyWindowStore`. Times are starts of windows, in milliseconds since the epoch,
 * both ends of a span included. Scans of one key go by time, all others by time, then key bytes (unlimited windows by key
 * alone); those called `backward` go the other way. Windows that have expired may still be seen until they are removed.
 */
export class ReadOnlyWindowStore<K, V> {
  readonly #partitions: readonly IndexedWindows<K, V>[];

  constructor(partitions: readonly IndexedWindows<K, V>[]) {
    this.#partitions = partitions;
  }

  /** The value of the window of a key that begins at a time, or null. */
  get(key: K, start: number): V | null {
    return this.getWithTimestamp(key, start)?.value ?? null;
  }

  /** The same with the window and the timestamp of its last update, or null. */
  getWithTimestamp(key: K, start: number): KeyValueTimestamp<Windowed<K>, V> | null {
    for (const partition of this.#partitions) {
      const window = partition.datumOf({ key, start, end: null });
      const stored = partition.get(window);
      if (stored !== null) return { key: window.value, value: stored.datum.value, timestamp: stored.timestamp };
    }
    return null;
  }

  /** The windows of a key that begin within a span. */
  fetch(key: K, from: number, to: number): Windows<K, V> {
    return windowsOfKey(this.#partitions, key, { span: { from, to }, reverse: false });
  }

  /** As `fetch`, the latest first. */
  backwardFetch(key: K, from: number, to: number): Windows<K, V> {
    return windowsOfKey(this.#partitions, key, { span: { from, to }, reverse: true });
  }

  /** The windows of the keys within bounds that begin within a span. */
  fetchKeys(keys: KeyBounds<K>, from: number, to: number): Windows<K, V> {
    return windowsByTime(this.#partitions, { keys, span: { from, to }, reverse: false });
  }

  /** As `fetchKeys`, the latest first. */
  backwardFetchKeys(keys: KeyBounds<K>, from: number, to: number): Windows<K, V> {
    return windowsByTime(this.#partitions, { keys, span: { from, to }, reverse: true });
  }

  /** The windows of all keys that begin within a span. */
  fetchAll(from: number, to: number): Windows<K, V> {
    return windowsByTime(this.#partitions, { span: { from, to }, reverse: false });
  }

  /** As `fetchAll`, the latest first. */
  backwardFetchAll(from: number, to: number): Windows<K, V> {
    return windowsByTime(this.#partitions, { span: { from, to }, reverse: true });
  }

  /** All windows. */
  all(): Windows<K, V> {
    return this.fetchAll(ALL_TIMES.from, ALL_TIMES.to);
  }

  /** All windows, the latest first. */
  backwardAll(): Windows<K, V> {
    return this.backwardFetchAll(ALL_TIMES.from, ALL_TIMES.to);
  }
}
