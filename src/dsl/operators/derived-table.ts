import type { MaybePromise } from '../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../processor/processor.ts';
import type { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import type { TimestampedDatum, TimestampedKeyValueStore } from '../../store/store.ts';
import { keySerdeOf, valueSerdeOf } from '../stream-plan.ts';
import { addTableStore } from '../stores.ts';
import {
  storeGetter,
  type TableOptions,
  type TablePlan,
  type TableView,
  type ValueGetter,
  type ValueGetterPlan,
} from '../table-plan.ts';

/** Makes a row of a row of the same key; null stands for no row on either side. */
export type RowMapper<K, V, V2> = (value: Datum<V> | null, key: Datum<K>) => Datum<V2> | null;

/** What makes one kind of derived table. */
export interface Derivation<K, V, V2> {
  readonly prefix: string;
  readonly mapRow: RowMapper<K, V, V2>;
  readonly valueSerde: Serde<V2> | null;
  /** Whether a change from nothing to nothing is kept back where old values are known. */
  readonly dropsNoChange: boolean;
}

/**
 * A table whose rows are each made of one row of another: filter, mapValues and transformValues.
 *
 * Kept in a store only when the user names one; otherwise a lookup makes the row again from the parent's.
 */
export function deriveTable<K, V, V2>(
  plan: TablePlan<K, V>,
  derivation: Derivation<K, V, V2>,
  options: TableOptions,
): TablePlan<K, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, derivation.prefix);
  const store = options.store ?? null;
  const view = new DerivedTableView(plan.view, derivation, store);
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new DerivedTable(view) });
  const derived = {
    context,
    node,
    keySerde: plan.keySerde,
    valueSerde: derivation.valueSerde,
    sources: plan.sources,
    view,
  };
  if (store !== null) {
    addTableStore(context, { name: store, keySerde: keySerdeOf(derived), valueSerde: valueSerdeOf(derived) });
    context.graph.connectStores(node, [store]);
  }
  return derived;
}

class DerivedTableView<K, V, V2> implements TableView<K, V2> {
  readonly derivation: Derivation<K, V, V2>;
  readonly store: string | null;
  readonly #parent: TableView<K, V>;
  sendsOldValues: boolean;

  constructor(parent: TableView<K, V>, derivation: Derivation<K, V, V2>, store: string | null) {
    this.#parent = parent;
    this.derivation = derivation;
    this.store = store;
    // A parent that keeps its rows anyway tells what was there: so tombstones for rows that never were are kept back.
    this.sendsOldValues = derivation.dropsNoChange && parent.sendOldValues(false);
  }

  sendOldValues(force: boolean): boolean {
    if (this.store !== null || this.#parent.sendOldValues(force)) this.sendsOldValues = true;
    return this.sendsOldValues;
  }

  getter(): ValueGetterPlan<K, V2> {
    if (this.store !== null) return storeGetter(this.store);
    const parent = this.#parent.getter();
    return { stores: parent.stores, open: (context) => new DerivedRows(parent.open(context), this.derivation.mapRow) };
  }
}

class DerivedRows<K, V, V2> implements ValueGetter<K, V2> {
  readonly #parent: ValueGetter<K, V>;
  readonly #mapRow: RowMapper<K, V, V2>;

  constructor(parent: ValueGetter<K, V>, mapRow: RowMapper<K, V, V2>) {
    this.#parent = parent;
    this.#mapRow = mapRow;
  }

  get(key: Datum<K>): TimestampedDatum<V2> | null {
    const row = this.#parent.get(key);
    const datum = this.#mapRow(row === null ? null : row.datum, key);
    return datum === null ? null : { datum, timestamp: row === null ? -1 : row.timestamp };
  }
}

class DerivedTable<K, V, V2> implements Processor<ChangeRecord<K, V>, ChangeRecord<K, V2>> {
  readonly #view: DerivedTableView<K, V, V2>;
  readonly #mapRow: RowMapper<K, V, V2>;
  #context!: ProcessorContext<ChangeRecord<K, V2>>;
  #store: TimestampedKeyValueStore<K, V2> | null = null;

  constructor(view: DerivedTableView<K, V, V2>) {
    this.#view = view;
    this.#mapRow = view.derivation.mapRow;
  }

  init(context: ProcessorContext<ChangeRecord<K, V2>>): void {
    this.#context = context;
    if (this.#view.store !== null) this.#store = context.store(this.#view.store);
  }

  process(record: ChangeRecord<K, V>): MaybePromise<void> {
    const { keyDatum, change } = record;
    const newValue = this.#mapRow(change.newValue, keyDatum);
    const oldValue = this.#view.sendsOldValues ? this.#oldValue(record) : null;
    const { derivation, sendsOldValues } = this.#view;
    if (derivation.dropsNoChange && sendsOldValues && newValue === null && oldValue === null) return;
    this.#store?.put(keyDatum, newValue, record.timestamp);
    return this.#context.forward(new ChangeRecord(keyDatum, new Change(newValue, oldValue), record.stamp));
  }

  #oldValue({ keyDatum, change }: ChangeRecord<K, V>): Datum<V2> | null {
    if (this.#store !== null) return this.#store.get(keyDatum)?.datum ?? null;
    return this.#mapRow(change.oldValue, keyDatum);
  }
}
