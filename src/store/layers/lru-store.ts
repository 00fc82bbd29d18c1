import { MillraceError } from '../../core/millrace-error.ts';
import type { Datum } from '../../serde/datum.ts';
import type { StoreEngine } from '../engine.ts';
import type { StoreEntry, StoreSpec, TimestampedDatum } from '../store.ts';
import { BufferedStore, type BufferedStoreOptions } from './buffered-store.ts';

/**
 * A store in memory that keeps `maxEntries` entries: a new one puts out the one that was read or written longest ago, as
 * Kafka Streams' `Stores.lruMap` does. What is put out is deleted from the changelog too.
 *
 * After a restart the order is that of the entries' timestamps, for nothing else is known of them.
 */
export class LruStore<K, V> extends BufferedStore<K, V> {
  readonly #maxEntries: number;
  /** Keys by their bytes as latin1, least recently used first; null until it is first needed, after the restore. */
  #order: Map<string, Datum<K>> | null = null;

  constructor(spec: StoreSpec<K, V>, engine: StoreEngine, options: BufferedStoreOptions) {
    super(spec, engine, options);
    this.#maxEntries = spec.maxEntries ?? Infinity;
  }

  override get(key: Datum<K>): TimestampedDatum<V> | null {
    const found = super.get(key);
    if (found !== null) this.#touch(key);
    return found;
  }

  override put(key: Datum<K>, value: Datum<V> | null, timestamp: number): void {
    const order = this.#loadedOrder();
    super.put(key, value, timestamp);
    if (value === null) {
      order.delete(this.#idOf(key));
      return;
    }
    this.#touch(key);
    for (const [id, eldest] of order) {
      if (order.size <= this.#maxEntries) return;
      order.delete(id);
      super.put(eldest, null, timestamp);
    }
  }

  #touch(key: Datum<K>): void {
    const order = this.#loadedOrder();
    const id = this.#idOf(key);
    const known = order.get(id) ?? key.detached();
    order.delete(id);
    order.set(id, known);
  }

  #idOf(key: Datum<K>): string {
    return key.bytes(this.keySerde).toString('latin1');
  }

  #loadedOrder(): Map<string, Datum<K>> {
    this.#order ??= this.#load();
    return this.#order;
  }

  #load(): Map<string, Datum<K>> {
    const entries: StoreEntry<K, V>[] = [];
    const cursor = this.scanRange(null, null);
    for (let batch = cursor.next(); ; batch = cursor.next()) {
      if (batch instanceof Promise) throw notInMemory(this.name);
      if (batch.length === 0) break;
      entries.push(...batch);
    }
    void cursor.close();
    entries.sort((a, b) => a.timestamp - b.timestamp);
    return new Map(entries.map(({ key }) => [this.#idOf(key), key]));
  }
}

function notInMemory(store: string): MillraceError {
  return new MillraceError('INTERNAL', 'Expected a store of bounded size to be kept in memory, got one that waits', {
    context: { store },
  });
}
