import type { TablePlan } from '../table-plan.ts';
import type { StoreOptions } from '../table-stores/add-table-store.ts';
import type { AggregationOptions } from './aggregate-stream.ts';
import { aggregateTable } from './aggregate-table.ts';
import type { GroupedTablePlan } from './group-table.ts';
import { reduceStep, type Reducer } from './reduce-stream.ts';

/** How the rows of a group are combined, and taken back. */
export interface TableReduceOptions<V> extends AggregationOptions<V>, StoreOptions {
  readonly adder: Reducer<V>;
  readonly subtractor: Reducer<V>;
}

/** Combines the rows of each group into one value of their type; the first is taken as it is. */
export function reduceTable<K, V>(grouped: GroupedTablePlan<K, V>, options: TableReduceOptions<V>): TablePlan<K, V> {
  const { adder, subtractor } = options;
  return aggregateTable<K, V, V>(grouped, options.name, {
    prefix: 'KTABLE-REDUCE-',
    add: reduceStep(adder),
    subtract: reduceStep(subtractor),
    valueSerde: options.valueSerde ?? grouped.valueSerde,
    storeOptions: options,
  });
}
