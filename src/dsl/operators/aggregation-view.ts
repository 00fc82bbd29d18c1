import { latestRows, type TableStorePlan } from '../table-stores/table-store.ts';
import type { TableView, ValueGetterPlan } from '../table-plan.ts';

/** How others read the result of an aggregation: it is always kept in a store, so old values are there for the asking. */
export class AggregationView<K, V> implements TableView<K, V> {
  readonly store: TableStorePlan<K, V>;
  sendsOldValues = false;

  /** A store by its name alone is one of latest rows. */
  constructor(store: TableStorePlan<K, V> | string) {
    this.store = typeof store === 'string' ? latestRows(store) : store;
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
