import type { MaybePromise } from '../core/maybe-promise.ts';
import type { Datum } from '../serde/datum.ts';
import type { Serde } from '../serde/serde.ts';
import type { StoreCursor, StoreShape, TimestampedDatum, TimestampedKeyValueStore } from '../store/store.ts';
import type { UpdateCache } from './update-cache.ts';

/** A store as those downstream know it: `get` does not see updates that are held back. Everything else does. */
export class ForwardedStore<K, V> implements TimestampedKeyValueStore<K, V> {
  readonly #store: TimestampedKeyValueStore<K, V>;
  readonly #cache: UpdateCache<K, V>;

  constructor(store: TimestampedKeyValueStore<K, V>, cache: UpdateCache<K, V>) {
    this.#store = store;
    this.#cache = cache;
  }

  get name(): string {
    return this.#store.name;
  }

  get keySerde(): Serde<K> {
    return this.#store.keySerde;
  }

  get valueSerde(): Serde<V> {
    return this.#store.valueSerde;
  }

  get shape(): StoreShape {
    return this.#store.shape;
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    return this.#cache.forwarded(key);
  }

  put(key: Datum<K>, value: Datum<V> | null, timestamp: number): void {
    this.#store.put(key, value, timestamp);
  }

  scanPrefix(prefix: Buffer, options?: { reverse?: boolean }): StoreCursor<K, V> {
    return this.#store.scanPrefix(prefix, options);
  }

  scanRange(from: Datum<K> | null, to: Datum<K> | null, options?: { reverse?: boolean }): StoreCursor<K, V> {
    return this.#store.scanRange(from, to, options);
  }

  approximateEntries(): MaybePromise<number> {
    return this.#store.approximateEntries();
  }
}
