import type { StoreEngine } from '../engine.ts';
import type { StoreSpec } from '../store.ts';
import { BufferedStore, type BufferedStoreOptions } from './buffered-store.ts';
import { LruStore } from './lru-store.ts';

/** The store of a spec over an engine that is open. */
export function createStore<K, V>(
  spec: StoreSpec<K, V>,
  engine: StoreEngine,
  options: BufferedStoreOptions = {},
): BufferedStore<K, V> {
  return spec.maxEntries === undefined ? new BufferedStore(spec, engine, options) : new LruStore(spec, engine, options);
}
