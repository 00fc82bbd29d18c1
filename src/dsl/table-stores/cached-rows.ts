import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { ChangeRecord } from '../../processor/change-record.ts';
import type { ProcessorContext } from '../../processor/processor.ts';
import type { UpdateCache } from '../../processor/update-cache.ts';
import type { Datum } from '../../serde/datum.ts';
import type { TimestampedDatum, TimestampedKeyValueStore } from '../../store/store.ts';
import type { TableStore } from './table-store.ts';

/** Opens a store of a table whose updates are held back; null where the application has no cache. */
export function openCachedRows<K, V>(
  name: string,
  context: ProcessorContext<ChangeRecord<K, V>>,
): TableStore<K, V> | null {
  const rows = new CachedRows<K, V>(context.store(name), context);
  const cache = context.holdBack<K, V>(name, () => rows.flush());
  if (cache === null) return null;
  rows.cache = cache;
  return rows;
}

/** Keeps of each key what came last, at once, and forwards it before the next commit or when the cache is full. */
class CachedRows<K, V> implements TableStore<K, V> {
  cache!: UpdateCache<K, V>;
  readonly #store: TimestampedKeyValueStore<K, V>;
  readonly #forward: (record: ChangeRecord<K, V>) => MaybePromise<void>;

  constructor(store: TimestampedKeyValueStore<K, V>, context: ProcessorContext<ChangeRecord<K, V>>) {
    this.#store = store;
    this.#forward = (record) => context.forward(record);
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    return this.#store.get(key);
  }

  update(record: ChangeRecord<K, V>): MaybePromise<void> {
    this.cache.hold(record);
    if (this.cache.overBudget) return this.flush();
  }

  flush(): MaybePromise<void> {
    return this.cache.flush(this.#forward);
  }
}
