import { Datum } from '../../serde/datum.ts';
import { json } from '../../serde/json-serde.ts';
import type { StreamPlan } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import type { StoreOptions } from '../table-stores/add-table-store.ts';
import { aggregateStream, type AggregationOptions } from './aggregate-stream.ts';

/** The number of records of each key. */
export function countStream<K, V>(
  plan: StreamPlan<K, V>,
  options: AggregationOptions<number> & StoreOptions,
): TablePlan<K, number> {
  return aggregateStream<K, V, number>(plan, options.name, {
    prefix: 'KSTREAM-AGGREGATE-',
    step: (count) => Datum.ofValue(count === null ? 1 : count.value + 1),
    initial: () => Datum.ofValue(0),
    valueSerde: options.valueSerde ?? json<number>(),
    storeOptions: options,
  });
}
