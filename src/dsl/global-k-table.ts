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
 *
 * @nulls A null value deletes; a record without a key is passed over.
 * @ordering The rows are those at the moment they are looked up: a stream does not wait for what the table has yet to
 *   read.
 * @state One store on each instance, read again from the topic itself: no changelog.
 * @repartition Never.
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
