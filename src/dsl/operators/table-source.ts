import type { MaybePromise } from '../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../processor/processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import { keySerdeOf, valueSerdeOf, type StreamPlan } from '../stream-plan.ts';
import type { TablePlan, TableView, ValueGetterPlan } from '../table-plan.ts';
import { addTableStore, asksForStore, type StoreOptions } from '../table-stores/add-table-store.ts';
import type { TableStore, TableStorePlan } from '../table-stores/table-store.ts';

/** How a stream of updates becomes a table. */
export interface TableSourceOptions {
  readonly node: string;
  /** The store the rows are kept in, once somebody needs them. */
  readonly store: string;
  /** Whether to keep the rows even if no operator needs them, so that they can be queried. */
  readonly materialized: boolean;
  readonly storeOptions?: StoreOptions;
  /** Whether the records come straight from a source, whose topic then mirrors the store. */
  readonly fromSource?: boolean;
}

/**
 * Reads a stream as a table: each record is an update of its key, a null value deletes, and a record without a key is
 * dropped. Records are taken in the order they come, also when their timestamps go back, as Kafka Streams does.
 *
 * The rows are kept in a store with a changelog as soon as an operator reads them or wants old values.
 */
export function tableSource<K, V>(plan: StreamPlan<K, V>, options: TableSourceOptions): TablePlan<K, V> {
  const { context } = plan;
  const keySerde = keySerdeOf(plan);
  const valueSerde = valueSerdeOf(plan);
  const { storeOptions = {} } = options;
  const view = new TableSourceView<K, V>(() => {
    const store = addTableStore<K, V>(context, { name: options.store, keySerde, valueSerde, options: storeOptions });
    context.graph.connectStores(options.node, store.stores);
    // What such a store holds is not what its topic does.
    if (options.fromSource === true && !asksForStore(storeOptions)) {
      context.graph.mirrorSource(options.store, plan.node);
    }
    return store;
  });
  context.graph.addProcessor({ name: options.node, parents: [plan.node], create: () => new TableSource(view) });
  if (options.materialized || asksForStore(storeOptions)) view.materialize();
  return { context, node: options.node, keySerde, valueSerde, sources: plan.sources, view };
}

class TableSourceView<K, V> implements TableView<K, V> {
  readonly #addStore: () => TableStorePlan<K, V>;
  sendsOldValues = false;
  /** Null while nobody needs it. */
  store: TableStorePlan<K, V> | null = null;

  constructor(addStore: () => TableStorePlan<K, V>) {
    this.#addStore = addStore;
  }

  get versioned(): boolean {
    return this.store?.versioned === true;
  }

  materialize(): TableStorePlan<K, V> {
    this.store ??= this.#addStore();
    return this.store;
  }

  sendOldValues(force: boolean): boolean {
    if (!force && this.store === null) return false;
    this.materialize();
    this.sendsOldValues = true;
    return true;
  }

  getter(): ValueGetterPlan<K, V> {
    return this.materialize();
  }
}

class TableSource<K, V> implements Processor<StreamRecord<K, V>, ChangeRecord<K, V>> {
  readonly #view: TableSourceView<K, V>;
  #context!: ProcessorContext<ChangeRecord<K, V>>;
  #store: TableStore<K, V> | null = null;

  constructor(view: TableSourceView<K, V>) {
    this.#view = view;
  }

  init(context: ProcessorContext<ChangeRecord<K, V>>): void {
    this.#context = context;
    if (this.#view.store !== null) this.#store = this.#view.store.openStore(context);
  }

  process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum } = record;
    if (keyDatum === null) return this.#context.recordDropped('null key');
    const store = this.#store;
    const old = store !== null && this.#view.sendsOldValues ? store.get(keyDatum) : null;
    const update = new ChangeRecord(keyDatum, new Change(valueDatum, old === null ? null : old.datum), record.stamp);
    return store === null ? this.#context.forward(update) : store.update(update, this.#context);
  }
}
