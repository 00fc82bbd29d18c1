import type { MaybePromise } from '../../core/maybe-promise.ts';
import { stampAt } from '../../core/stamp.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../processor/processor.ts';
import { datumOf, type StreamRecord } from '../../processor/stream-record.ts';
import type { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import { keySerdeOf, valueSerdeOf, type StreamPlan } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import { addTableStore, type StoreOptions } from '../table-stores/add-table-store.ts';
import type { TableStore } from '../table-stores/table-store.ts';
import { AggregationView } from './aggregation-view.ts';

/** Options of every aggregation. */
export interface AggregationOptions<A> {
  /** Names the node, its store, and the repartition topic where one is needed. */
  readonly name: string;
  readonly valueSerde?: Serde<A>;
}

/** How values of a key are folded. */
export interface AggregateOptions<K, V, A> extends AggregationOptions<A> {
  /** Makes the aggregate of a key that has none yet. */
  readonly initializer: () => A;
  /** Returns the next aggregate, a new value (it is never changed in place); null forgets the key. */
  readonly aggregator: (aggregate: A, value: V, key: K) => A | null;
}

/** Makes the next aggregate of a key: from what there is (null: nothing) and a value. */
export type FoldStep<K, V, A> = (aggregate: Datum<A> | null, value: Datum<V>, key: Datum<K>) => Datum<A> | null;

/** How an aggregate comes to be. */
export interface Folding<K, V, A> {
  readonly step: FoldStep<K, V, A>;
  /** What the aggregate of a new key begins with. */
  readonly initial: () => Datum<A> | null;
}

/** One kind of aggregation. */
export interface Fold<K, V, A> extends Folding<K, V, A> {
  readonly prefix: string;
  readonly valueSerde: Serde<A> | null;
  readonly storeOptions: StoreOptions;
}

/** The folding of `aggregate`. */
export function aggregateFolding<K, V, A>({ initializer, aggregator }: AggregateOptions<K, V, A>): Folding<K, V, A> {
  return {
    // A new datum also for the same aggregate: if somebody did change that in place, the change is written at least.
    step: (aggregate, value, key) =>
      datumOf(
        aggregator(aggregate === null ? initializer() : aggregate.value, value.value, key.value),
      ) as Datum<A> | null,
    initial: () => datumOf(initializer()) as Datum<A> | null,
  };
}

/**
 * Folds the values of each key into a table with a store and a changelog.
 *
 * Records without a key or value are dropped. The result's timestamp is the largest of the values folded in; a null result
 * deletes the row and forgets its timestamp.
 */
export function aggregateStream<K, V, A>(plan: StreamPlan<K, V>, name: string, fold: Fold<K, V, A>): TablePlan<K, A> {
  const { context } = plan;
  const node = context.nodeName(name, fold.prefix);
  const table = { context, node, keySerde: plan.keySerde, valueSerde: fold.valueSerde, sources: plan.sources };
  const [keySerde, valueSerde] = [keySerdeOf(table), valueSerdeOf(table)];
  const store = addTableStore<K, A>(context, { name, keySerde, valueSerde, options: fold.storeOptions });
  const view = new AggregationView(store, context.oldValues);
  const create = streamAggregator(view, fold);
  context.graph.addProcessor({ name: node, parents: [plan.node], stores: store.stores, create });
  return { ...table, view };
}

/** Makes the processors that fold a stream into the store of a view. */
export function streamAggregator<K, V, A>(
  view: AggregationView<K, A>,
  folding: Folding<K, V, A>,
): () => Processor<StreamRecord<K, V>, ChangeRecord<K, A>> {
  return () => new AggregateStream(view, folding);
}

class AggregateStream<K, V, A> implements Processor<StreamRecord<K, V>, ChangeRecord<K, A>> {
  readonly #view: AggregationView<K, A>;
  readonly #folding: Folding<K, V, A>;
  #context!: ProcessorContext<ChangeRecord<K, A>>;
  #store!: TableStore<K, A>;

  constructor(view: AggregationView<K, A>, folding: Folding<K, V, A>) {
    this.#view = view;
    this.#folding = folding;
  }

  init(context: ProcessorContext<ChangeRecord<K, A>>): void {
    this.#context = context;
    this.#store = this.#view.store.openStore(context);
  }

  process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum } = record;
    if (keyDatum === null) return this.#context.recordDropped('null key');
    if (valueDatum === null) return this.#context.recordDropped('null value');
    const old = this.#store.get(keyDatum);
    const next = this.#folding.step(old === null ? null : old.datum, valueDatum, keyDatum);
    const timestamp = old === null ? record.timestamp : Math.max(record.timestamp, old.timestamp);
    const change = new Change(next, old === null ? this.#oldOfNew() : this.#view.sendsOldValues ? old.datum : null);
    return this.#store.update(new ChangeRecord(keyDatum, change, stampAt(record.stamp, timestamp)), this.#context);
  }

  #oldOfNew(): Datum<A> | null {
    return this.#view.sendsInitialValues ? this.#folding.initial() : null;
  }
}
