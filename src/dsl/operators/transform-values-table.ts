import type { Datum } from '../../serde/datum.ts';
import { reuseDatum } from '../reuse-datum.ts';
import type { TablePlan } from '../table-plan.ts';
import { deriveTable } from './derived-table.ts';
import type { ValueMapper } from './map-values-stream.ts';
import type { TableValueOptions } from './map-values-table.ts';

/** Each row with another value; the mapper is called for deletes too, with null, and null from it deletes. */
export function transformValuesTable<K, V, V2>(
  plan: TablePlan<K, V>,
  mapper: ValueMapper<K, V | null, V2 | null>,
  options: TableValueOptions<V2>,
): TablePlan<K, V2> {
  return deriveTable<K, V, V2>(
    plan,
    {
      prefix: 'KTABLE-TRANSFORMVALUES-',
      mapRow: (value, key) =>
        reuseDatum(mapper(value === null ? null : value.value, key.value), value) as Datum<V2> | null,
      valueSerde: options.valueSerde ?? null,
      dropsNoChange: false,
    },
    options,
  );
}
