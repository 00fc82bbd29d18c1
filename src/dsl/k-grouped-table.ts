import type { KTable } from './k-table.ts';
import type { AggregationOptions } from './operators/aggregate-stream.ts';
import { aggregateTable, tableFold, type TableAggregateOptions } from './operators/aggregate-table.ts';
import { countTable } from './operators/count-table.ts';
import type { GroupedTablePlan } from './operators/group-table.ts';
import { reduceTable, type TableReduceOptions } from './operators/reduce-table.ts';
import type { StoreOptions } from './table-stores/add-table-store.ts';

/**
 * A table whose rows have been given to groups, on its way to an aggregation. Updates and deletes are taken back exactly.
 *
 * @nulls A null aggregate forgets the group.
 * @ordering One update for each update of a row, or one for each of the two groups between which it moves.
 * @state The store and changelog `name`.
 * @repartition Always, through `<application>-<name>-repartition`, or through the topic of the group where that has a
 *   name.
 */
export class KGroupedTable<K, V> {
  readonly #plan: GroupedTablePlan<K, V>;

  constructor(plan: GroupedTablePlan<K, V>) {
    this.#plan = plan;
  }

  /** The number of rows of each group; an emptied group stays with 0. Store and changelog are called after `name`. */
  count(options: AggregationOptions<number> & StoreOptions): KTable<K, number> {
    this.#plan.context.requireName(options, 'count');
    return this.#plan.context.handles.table(countTable(this.#plan, options));
  }

  /** Combines the rows of each group; `subtractor` takes back what `adder` added. */
  reduce(options: TableReduceOptions<V>): KTable<K, V> {
    this.#plan.context.requireName(options, 'reduce');
    return this.#plan.context.handles.table(reduceTable(this.#plan, options));
  }

  /** Folds the rows of each group; `subtractor` takes back what `adder` added. */
  aggregate<A>(options: TableAggregateOptions<K, V, A>): KTable<K, A> {
    this.#plan.context.requireName(options, 'aggregate');
    return this.#plan.context.handles.table(aggregateTable(this.#plan, options.name, tableFold(options)));
  }
}
