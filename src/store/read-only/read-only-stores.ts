import { MillraceError } from '../../core/millrace-error.ts';
import { IndexedWindows } from '../indexed-windows.ts';
import type { StoreShape, TimestampedKeyValueStore } from '../store.ts';
import { RowVersions } from '../versioned/row-versions.ts';
import { ReadOnlyKeyValueStore } from './read-only-key-value-store.ts';
import { ReadOnlySessionStore } from './read-only-session-store.ts';
import { ReadOnlyVersionedStore } from './read-only-versioned-store.ts';
import { ReadOnlyWindowStore } from './read-only-window-store.ts';

/** The stores of one task by name. */
export type StorePartition = ReadonlyMap<string, TimestampedKeyValueStore<any, any>>;

/** The kinds of stores by how they are read. */
export type StoreKind = StoreShape['kind'];

/** Opens the stores of some tasks to be read only. Each method throws RUNTIME_STORE_KIND for a store of another kind. */
export class ReadOnlyStores {
  readonly #partitions: readonly StorePartition[];

  constructor(partitions: readonly StorePartition[]) {
    this.#partitions = partitions;
  }

  /** Any store by its keys: those of windows and sessions are windowed; of versioned rows it has the latest. */
  keyValueStore<K, V>(name: string): ReadOnlyKeyValueStore<K, V> {
    return new ReadOnlyKeyValueStore<K, V>(this.#of<K, V>(name).map(({ store }) => store));
  }

  windowStore<K, V>(name: string): ReadOnlyWindowStore<K, V> {
    return new ReadOnlyWindowStore<K, V>(this.#windows(name, 'window'));
  }

  sessionStore<K, V>(name: string): ReadOnlySessionStore<K, V> {
    return new ReadOnlySessionStore<K, V>(this.#windows(name, 'session'));
  }

  versionedStore<K, V>(name: string): ReadOnlyVersionedStore<K, V> {
    return new ReadOnlyVersionedStore<K, V>(
      this.#of<K, V>(name).map(({ store, storeOf }) => new RowVersions<K, V>(store, storeOf)),
    );
  }

  #windows<K, V>(name: string, kind: 'window' | 'session'): IndexedWindows<K, V>[] {
    return this.#of<any, V>(name).map(({ store, storeOf }) => {
      if (store.shape.kind !== kind) {
        throw new MillraceError(
          'RUNTIME_STORE_KIND',
          `Expected store "${name}" to be of kind "${kind}", got "${store.shape.kind}"`,
        );
      }
      return new IndexedWindows<K, V>(store, storeOf);
    });
  }

  #of<K, V>(
    name: string,
  ): { store: TimestampedKeyValueStore<K, V>; storeOf: (other: string) => TimestampedKeyValueStore<any, any> }[] {
    return this.#partitions.flatMap((partition) => {
      const store = partition.get(name);
      const storeOf = (other: string): TimestampedKeyValueStore<any, any> =>
        partition.get(other) as TimestampedKeyValueStore<any, any>;
      return store === undefined ? [] : [{ store, storeOf }];
    });
  }
}
