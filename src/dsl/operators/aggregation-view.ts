import type { OldValues } from '../dsl-context.ts';
import { latestRows, type TableStorePlan } from '../table-stores/table-store.ts';
import type { TableView, ValueGetterPlan } from '../table-plan.ts';

/** How others read the result of an aggregation: it is always kept in a store, so old values are there for the asking. */
export class AggregationView<K, V> implements TableView<K, V> {
  readonly store: TableStorePlan<K, V>;
  sendsOldValues = false;
  readonly #oldValues: OldValues;

  /** A store by its name alone is one of latest rows. */
  constructor(store: TableStorePlan<K, V> | string, oldValues: OldValues = 'exact') {
    this.store = typeof store === 'string' ? latestRows(store) : store;
    this.#oldValues = oldValues;
  }

  /** Whether what a new aggregate begins with is told as its old value. */
  get sendsInitialValues(): boolean {
    return this.sendsOldValues && this.#oldValues === 'kafkaStreams';
  }

  get versioned(): boolean {
    return this.store.versioned;
  }

  sendOldValues(): boolean {
    this.sendsOldValues = true;
    return true;
  }

  getter(): ValueGetterPlan<K, V> {
    return this.store;
  }
}
