import type { MaybePromise } from '../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../processor/processor.ts';
import type { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import type { TimestampedDatum } from '../../store/store.ts';
import { keySerdeOf, valueSerdeOf } from '../stream-plan.ts';
import type { TableOptions, TablePlan, TableView, ValueGetter, ValueGetterPlan } from '../table-plan.ts';
import { addTableStore } from '../table-stores/add-table-store.ts';
import type { TableStore, TableStorePlan } from '../table-stores/table-store.ts';

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
  const { valueSerde } = derivation;
  const derived = { context, node, keySerde: plan.keySerde, valueSerde, sources: plan.sources };
  const added = { keySerde: keySerdeOf(derived), valueSerde: valueSerdeOf(derived), options };
  const store = options.store === undefined ? null : addTableStore<K, V2>(context, { name: options.store, ...added });
  const view = new DerivedTableView(plan.view, derivation, store);
  context.graph.addProcessor({
    name: node,
    parents: [plan.node],
    stores: store?.stores ?? [],
    create: () => new DerivedTable(view),
  });
  return { ...derived, view };
}

class DerivedTableView<K, V, V2> implements TableView<K, V2> {
  readonly derivation: Derivation<K, V, V2>;
  readonly store: TableStorePlan<K, V2> | null;
  readonly #parent: TableView<K, V>;
  sendsOldValues: boolean;

  constructor(parent: TableView<K, V>, derivation: Derivation<K, V, V2>, store: TableStorePlan<K, V2> | null) {
    this.#parent = parent;
    this.derivation = derivation;
    this.store = store;
    // A parent that keeps its rows anyway tells what was there: so tombstones for rows that never were are kept back.
    this.sendsOldValues = derivation.dropsNoChange && parent.sendOldValues(false);
  }

  get versioned(): boolean {
    return this.store === null ? this.#parent.versioned === true : this.store.versioned;
  }

  /** Whether changes from nothing to nothing are kept back; in a versioned table they may still be of the past. */
  get dropsNoChange(): boolean {
    return this.derivation.dropsNoChange && this.sendsOldValues && this.#parent.versioned !== true;
  }

  sendOldValues(force: boolean): boolean {
    if (this.store !== null || this.#parent.sendOldValues(force)) this.sendsOldValues = true;
    return this.sendsOldValues;
  }

  getter(): ValueGetterPlan<K, V2> {
    if (this.store !== null) return this.store;
    const parent = this.#parent.getter();
    const { mapRow } = this.derivation;
    return {
      stores: parent.stores,
      open: (context) =>
        this.versioned
          ? new VersionedDerivedRows(parent.open(context), mapRow)
          : new DerivedRows(parent.open(context), mapRow),
    };
  }
}

class DerivedRows<K, V, V2> implements ValueGetter<K, V2> {
  protected readonly parent: ValueGetter<K, V>;
  readonly #mapRow: RowMapper<K, V, V2>;

  constructor(parent: ValueGetter<K, V>, mapRow: RowMapper<K, V, V2>) {
    this.parent = parent;
    this.#mapRow = mapRow;
  }

  get(key: Datum<K>): TimestampedDatum<V2> | null {
    return this.derive(this.parent.get(key), key);
  }

  protected derive(row: TimestampedDatum<V> | null, key: Datum<K>): TimestampedDatum<V2> | null {
    const datum = this.#mapRow(row === null ? null : row.datum, key);
    return datum === null ? null : { datum, timestamp: row === null ? -1 : row.timestamp };
  }
}

class VersionedDerivedRows<K, V, V2> extends DerivedRows<K, V, V2> {
  getAsOf(key: Datum<K>, time: number): MaybePromise<TimestampedDatum<V2> | null> {
    const row = (this.parent as Required<ValueGetter<K, V>>).getAsOf(key, time);
    return row instanceof Promise ? row.then((found) => this.derive(found, key)) : this.derive(row, key);
  }
}

class DerivedTable<K, V, V2> implements Processor<ChangeRecord<K, V>, ChangeRecord<K, V2>> {
  readonly #view: DerivedTableView<K, V, V2>;
  readonly #mapRow: RowMapper<K, V, V2>;
  #context!: ProcessorContext<ChangeRecord<K, V2>>;
  #store: TableStore<K, V2> | null = null;

  constructor(view: DerivedTableView<K, V, V2>) {
    this.#view = view;
    this.#mapRow = view.derivation.mapRow;
  }

  init(context: ProcessorContext<ChangeRecord<K, V2>>): void {
    this.#context = context;
    if (this.#view.store !== null) this.#store = this.#view.store.openStore(context);
  }

  process(record: ChangeRecord<K, V>): MaybePromise<void> {
    const { keyDatum, change } = record;
    const newValue = this.#mapRow(change.newValue, keyDatum);
    const oldValue = this.#view.sendsOldValues ? this.#oldValue(record) : null;
    if (newValue === null && oldValue === null && this.#view.dropsNoChange) return;
    const store = this.#store;
    // A store of its own tells whether this is the latest of its rows.
    const isLatest = store !== null || change.isLatest;
    const update = new ChangeRecord(keyDatum, new Change(newValue, oldValue, isLatest), record.stamp);
    return store === null ? this.#context.forward(update) : store.update(update, this.#context);
  }

  #oldValue({ keyDatum, change }: ChangeRecord<K, V>): Datum<V2> | null {
    if (this.#store !== null) return this.#store.get(keyDatum)?.datum ?? null;
    return this.#mapRow(change.oldValue, keyDatum);
  }
}
