import { storeGetter, type TableView, type ValueGetterPlan } from '../table-plan.ts';

/** How others read the result of an aggregation: it is always kept in a store, so old values are there for the asking. */
export class AggregationView<K, V> implements TableView<K, V> {
  readonly store: string;
  sendsOldValues = false;

  constructor(store: string) {
    this.store = store;
  }

  sendOldValues(): boolean {
    this.sendsOldValues = true;
    return true;
  }

  getter(): ValueGetterPlan<K, V> {
    return storeGetter(this.store);
  }
}
