import { reuseDatum } from '../reuse-datum.ts';
import type { StreamPlan } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import type { StoreOptions } from '../table-stores/add-table-store.ts';
import { aggregateStream, type AggregationOptions, type FoldStep } from './aggregate-stream.ts';

/** Combines two values into one of the same type: a new value; null forgets the key. */
export type Reducer<V> = (aggregate: V, value: V) => V | null;

/** The step of `reduce`: the first value is taken as it is. */
export function reduceStep<K, V>(reducer: Reducer<V>): FoldStep<K, V, V> {
  return (aggregate, value) => {
    if (aggregate === null) return value;
    // Not reused where it is the aggregate: if somebody did change that in place, the change is written at least.
    return reuseDatum<any>(reducer(aggregate.value, value.value), value);
  };
}

/** Combines the values of each key; the first is taken as it is. */
export function reduceStream<K, V>(
  plan: StreamPlan<K, V>,
  reducer: Reducer<V>,
  options: AggregationOptions<V> & StoreOptions,
): TablePlan<K, V> {
  return aggregateStream<K, V, V>(plan, options.name, {
    prefix: 'KSTREAM-REDUCE-',
    step: reduceStep(reducer),
    initial: () => null,
    valueSerde: options.valueSerde ?? plan.valueSerde,
    storeOptions: options,
  });
}
