import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { ChangeRecord } from '../../processor/change-record.ts';
import type { ProcessorContext } from '../../processor/processor.ts';
import type { Datum } from '../../serde/datum.ts';
import type { TimestampedDatum, TimestampedKeyValueStore } from '../../store/store.ts';
import type { ValueGetterPlan } from '../table-plan.ts';

/** What a table is kept in, as the operator that makes it sees it. */
export interface TableStore<K, V> {
  /** The latest row of a key, or null. */
  get(key: Datum<K>): TimestampedDatum<V> | null;
  /** Keeps the new value of a change and forwards the change; a store may refuse it, and then nothing is forwarded. */
  update(record: ChangeRecord<K, V>, context: ProcessorContext<ChangeRecord<K, V>>): MaybePromise<void>;
}

/** A store of a table in a program: how its maker opens it, and how others read it. */
export interface TableStorePlan<K, V> extends ValueGetterPlan<K, V> {
  readonly name: string;
  /** Whether it knows how rows were at earlier times. */
  readonly versioned: boolean;
  openStore(context: ProcessorContext<any>): TableStore<K, V>;
}

/** Opens a store of this name whose updates are held back; null where the application holds none back. */
export type OpenCached = <K, V>(name: string, context: ProcessorContext<ChangeRecord<K, V>>) => TableStore<K, V> | null;

/** A key-value store of this name as the store of a table; `openCached` is null where its updates may not be held back. */
export function latestRows<K, V>(name: string, openCached: OpenCached | null = null): TableStorePlan<K, V> {
  return {
    name,
    stores: [name],
    versioned: false,
    open: (context) => context.store<K, V>(name),
    openStore: (context) => openCached?.<K, V>(name, context) ?? new LatestRows(context.store<K, V>(name)),
  };
}

/** Keeps of each key what came last, whatever its time. */
class LatestRows<K, V> implements TableStore<K, V> {
  readonly #store: TimestampedKeyValueStore<K, V>;

  constructor(store: TimestampedKeyValueStore<K, V>) {
    this.#store = store;
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    return this.#store.get(key);
  }

  update(record: ChangeRecord<K, V>, context: ProcessorContext<ChangeRecord<K, V>>): MaybePromise<void> {
    this.#store.put(record.keyDatum, record.change.newValue, record.timestamp);
    return context.forward(record);
  }
}
