import type { Serde } from '../serde/serde.ts';

/** What a `GlobalKTable` handle stands on. */
export interface GlobalTablePlan<K, V> {
  /** The store that its rows are kept in. */
  readonly store: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
}

/**
 * A table of which every instance has all rows, whatever partition they are in: to be looked up by any key, from streams that
 * need not be partitioned alike. It is loaded before the application runs, then followed; its updates make no results.
 */
export class GlobalKTable<K, V> {
  readonly plan: GlobalTablePlan<K, V>;

  constructor(plan: GlobalTablePlan<K, V>) {
    this.plan = plan;
  }

  /** The name of its store, for queries. */
  get store(): string {
    return this.plan.store;
  }
}
