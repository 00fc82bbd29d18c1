import { json } from '../serde/json-serde.ts';
import { Datum } from '../serde/datum.ts';
import { ReadOnlyKeyValueStore } from './read-only/read-only-key-value-store.ts';
import { declaredStore, type DeclaredStoreOptions } from './declared-store.ts';
import type { StoreSpec, TimestampedKeyValueStore } from './store.ts';

/** How a program declares a key-value store of its own. */
export type KeyValueStoreOptions<K, V> = DeclaredStoreOptions<K, V>;

/**
 * Declares a store that processors use: name it in `stores` of each operator that does, which then share it.
 * Throws TOPOLOGY_INVALID for `migrate` without a changelog.
 *
 * @example
 * const seen = keyValueStore<string, number>({ name: 'seen' });
 * orders.process(() => new Deduplicate(), { name: 'deduplicate', stores: [seen] });
 */
export function keyValueStore<K, V>(options: KeyValueStoreOptions<K, V>): StoreSpec<K, V> {
  return Object.freeze({ ...declaredStore(options), keySerde: options.keySerde ?? json<K>() });
}

/**
 * A key-value store as the processors of a program see it: one task's part of it, with plain values.
 *
 * `get`, `put` and `delete` do not wait. Scans (`range`, `prefixScan`, `all` and their reverses) are for `for await`, in the
 * order of the key bytes, and see the store as it was when they began, so that it may be changed meanwhile. Values are never
 * to be changed in place.
 */
export class KeyValueStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  readonly #store: TimestampedKeyValueStore<K, V>;
  readonly #clock: { readonly streamTimeMs: number };

  /** `clock` gives puts their time where they name none. */
  constructor(store: TimestampedKeyValueStore<K, V>, clock: { readonly streamTimeMs: number }) {
    super([store]);
    this.#store = store;
    this.#clock = clock;
  }

  /** Sets the value of a key; null deletes. `timestamp` is the task's stream time by default. */
  put(key: K, value: V | null, timestamp: number = Math.max(0, this.#clock.streamTimeMs)): void {
    this.#store.put(Datum.ofValue(key), value === null ? null : Datum.ofValue(value), timestamp);
  }

  /** Deletes a key and returns what it had, or null. */
  delete(key: K): V | null {
    const before = this.get(key);
    if (before !== null) this.put(key, null);
    return before;
  }
}
