import { Datum } from '../../serde/datum.ts';
import { json } from '../../serde/json-serde.ts';
import type { TablePlan } from '../table-plan.ts';
import type { StoreOptions } from '../table-stores/add-table-store.ts';
import type { AggregationOptions } from './aggregate-stream.ts';
import { aggregateTable } from './aggregate-table.ts';
import type { GroupedTablePlan } from './group-table.ts';

/** The number of rows of each group; an emptied group stays with 0, as in Kafka Streams. */
export function countTable<K, V>(
  grouped: GroupedTablePlan<K, V>,
  options: AggregationOptions<number> & StoreOptions,
): TablePlan<K, number> {
  return aggregateTable<K, V, number>(grouped, options.name, {
    prefix: 'KTABLE-AGGREGATE-',
    add: (count) => Datum.ofValue(count === null ? 1 : count.value + 1),
    subtract: (count) => Datum.ofValue(count.value - 1),
    valueSerde: options.valueSerde ?? json<number>(),
    storeOptions: options,
  });
}
