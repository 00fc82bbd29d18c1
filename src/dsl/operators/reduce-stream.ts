import { datumOf } from '../../processor/stream-record.ts';
import type { Datum } from '../../serde/datum.ts';
import type { StreamPlan } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import { aggregateStream, type AggregationOptions } from './aggregate-stream.ts';

/** Combines two values into one of the same type: a new value; null forgets the key. */
export type Reducer<V> = (aggregate: V, value: V) => V | null;

/** Combines the values of each key; the first is taken as it is. */
export function reduceStream<K, V>(
  plan: StreamPlan<K, V>,
  reducer: Reducer<V>,
  options: AggregationOptions<V>,
): TablePlan<K, V> {
  return aggregateStream<K, V, V>(plan, options.name, {
    prefix: 'KSTREAM-REDUCE-',
    step: (aggregate, value) => (aggregate === null ? value : (datumOf(reducer(aggregate.value, value.value)) as Datum<V> | null)),
    valueSerde: options.valueSerde ?? plan.valueSerde,
  });
}
