import type { MaybePromise } from '../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../processor/processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { TimestampedKeyValueStore } from '../../store/store.ts';
import { keySerdeOf, valueSerdeOf, type StreamPlan } from '../stream-plan.ts';
import { addTableStore } from '../stores.ts';
import { storeGetter, type TablePlan, type TableView, type ValueGetterPlan } from '../table-plan.ts';

/** How a stream of updates becomes a table. */
export interface TableSourceOptions {
  readonly node: string;
  /** The store the rows are kept in, once somebody needs them. */
  readonly store: string;
  /** Whether to keep the rows even if no operator needs them, so that they can be queried. */
  readonly materialized: boolean;
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
  const view = new TableSourceView<K, V>(options.store, () => {
    addTableStore(context, { name: options.store, keySerde, valueSerde });
    context.graph.connectStores(options.node, [options.store]);
    if (options.fromSource === true) context.graph.mirrorSource(options.store, plan.node);
  });
  context.graph.addProcessor({ name: options.node, parents: [plan.node], create: () => new TableSource(view) });
  if (options.materialized) view.materialize();
  return { context, node: options.node, keySerde, valueSerde, sources: plan.sources, view };
}

class TableSourceView<K, V> implements TableView<K, V> {
  readonly store: string;
  readonly #addStore: () => void;
  sendsOldValues = false;
  materialized = false;

  constructor(store: string, addStore: () => void) {
    this.store = store;
    this.#addStore = addStore;
  }

  materialize(): void {
    if (this.materialized) return;
    this.materialized = true;
    this.#addStore();
  }

  sendOldValues(force: boolean): boolean {
    if (!force && !this.materialized) return false;
    this.materialize();
    this.sendsOldValues = true;
    return true;
  }

  getter(): ValueGetterPlan<K, V> {
    this.materialize();
    return storeGetter(this.store);
  }
}

class TableSource<K, V> implements Processor<StreamRecord<K, V>, ChangeRecord<K, V>> {
  readonly #view: TableSourceView<K, V>;
  #context!: ProcessorContext<ChangeRecord<K, V>>;
  #store: TimestampedKeyValueStore<K, V> | null = null;

  constructor(view: TableSourceView<K, V>) {
    this.#view = view;
  }

  init(context: ProcessorContext<ChangeRecord<K, V>>): void {
    this.#context = context;
    if (this.#view.materialized) this.#store = context.store(this.#view.store);
  }

  process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum } = record;
    if (keyDatum === null) return this.#context.recordDropped('null key');
    const store = this.#store;
    const old = store !== null && this.#view.sendsOldValues ? store.get(keyDatum) : null;
    store?.put(keyDatum, valueDatum, record.timestamp);
    const change = new Change(valueDatum, old === null ? null : old.datum);
    return this.#context.forward(new ChangeRecord(keyDatum, change, record.stamp));
  }
}
