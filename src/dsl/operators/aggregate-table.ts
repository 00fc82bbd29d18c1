import type { MaybePromise } from '../../core/maybe-promise.ts';
import { stampAt } from '../../core/stamp.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../processor/processor.ts';
import { datumOf, type StreamRecord } from '../../processor/stream-record.ts';
import type { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import { keySerdeOf, valueSerdeOf } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import { addTableStore, type StoreOptions } from '../table-stores/add-table-store.ts';
import type { TableStore } from '../table-stores/table-store.ts';
import { aggregateFolding, type AggregationOptions, type FoldStep } from './aggregate-stream.ts';
import { AggregationView } from './aggregation-view.ts';
import type { GroupedTablePlan } from './group-table.ts';

/** How the rows of a group are folded, and unfolded when they change or go. */
export interface TableAggregateOptions<K, V, A> extends AggregationOptions<A>, StoreOptions {
  /** Makes the aggregate of a group that has none yet. */
  readonly initializer: () => A;
  /** Adds a row: returns a new aggregate. */
  readonly adder: (aggregate: A, value: V, key: K) => A | null;
  /** Takes a row back: returns a new aggregate; null forgets the group. */
  readonly subtractor: (aggregate: A, value: V, key: K) => A | null;
}

/** One kind of table aggregation. */
export interface TableFold<K, V, A> {
  readonly prefix: string;
  readonly add: FoldStep<K, V, A>;
  /** Never called without an aggregate. */
  readonly subtract: (aggregate: Datum<A>, value: Datum<V>, key: Datum<K>) => Datum<A> | null;
  readonly valueSerde: Serde<A> | null;
  readonly storeOptions: StoreOptions;
}

/** The fold of `aggregate`. */
export function tableFold<K, V, A>(options: TableAggregateOptions<K, V, A>): TableFold<K, V, A> {
  const { initializer, adder, subtractor } = options;
  return {
    prefix: 'KTABLE-AGGREGATE-',
    add: aggregateFolding({ name: options.name, initializer, aggregator: adder }).step,
    subtract: (aggregate, value, key) =>
      datumOf(subtractor(aggregate.value, value.value, key.value)) as Datum<A> | null,
    valueSerde: options.valueSerde ?? null,
    storeOptions: options,
  };
}

/**
 * Folds the rows of each group into a table with a store and a changelog, after a repartition topic.
 *
 * An update subtracts the old row, then adds the new one, and forwards once. Subtracting from a group that has no aggregate
 * does nothing; null results are forwarded as deletes.
 */
export function aggregateTable<K, V, A>(
  grouped: GroupedTablePlan<K, V>,
  name: string,
  fold: TableFold<K, V, A>,
): TablePlan<K, A> {
  const { context } = grouped;
  const source = grouped.repartition(name);
  const node = context.nodeName(name, fold.prefix);
  const table = { context, node, keySerde: keySerdeOf(grouped), valueSerde: fold.valueSerde, sources: [source] };
  const { keySerde } = table;
  const storeOptions = { name, keySerde, valueSerde: valueSerdeOf(table), options: fold.storeOptions };
  const view = new AggregationView(addTableStore<K, A>(context, storeOptions));
  const create = (): Processor<StreamRecord<K, Change<V>>, ChangeRecord<K, A>> => new AggregateTable(view, fold);
  context.graph.addProcessor({ name: node, parents: [source], stores: view.store.stores, create });
  return { ...table, view };
}

class AggregateTable<K, V, A> implements Processor<StreamRecord<K, Change<V>>, ChangeRecord<K, A>> {
  readonly #view: AggregationView<K, A>;
  readonly #fold: TableFold<K, V, A>;
  #context!: ProcessorContext<ChangeRecord<K, A>>;
  #store!: TableStore<K, A>;

  constructor(view: AggregationView<K, A>, fold: TableFold<K, V, A>) {
    this.#view = view;
    this.#fold = fold;
  }

  init(context: ProcessorContext<ChangeRecord<K, A>>): void {
    this.#context = context;
    this.#store = this.#view.store.openStore(context);
  }

  process(record: StreamRecord<K, Change<V>>): MaybePromise<void> {
    const { keyDatum } = record;
    if (keyDatum === null) return this.#context.recordDropped('null key');
    const { newValue, oldValue } = record.value;
    const old = this.#store.get(keyDatum);
    let next = old === null ? null : old.datum;
    let timestamp = record.timestamp;
    if (old !== null && (oldValue !== null || newValue !== null)) timestamp = Math.max(timestamp, old.timestamp);
    if (oldValue !== null && next !== null) next = this.#fold.subtract(next, oldValue, keyDatum);
    if (newValue !== null) next = this.#fold.add(next, newValue, keyDatum);
    const change = new Change(next, old !== null && this.#view.sendsOldValues ? old.datum : null);
    return this.#store.update(new ChangeRecord(keyDatum, change, stampAt(record.stamp, timestamp)), this.#context);
  }
}
