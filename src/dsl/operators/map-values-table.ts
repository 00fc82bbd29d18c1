import type { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import { reuseDatum } from '../reuse-datum.ts';
import type { TableOptions, TablePlan } from '../table-plan.ts';
import { deriveTable } from './derived-table.ts';
import type { ValueMapper } from './map-values-stream.ts';

/** Options of a table operator that makes new values. */
export interface TableValueOptions<V> extends TableOptions {
  readonly valueSerde?: Serde<V>;
}

/** Each row with another value; the mapper is not called for deletes, and null from it deletes. */
export function mapValuesTable<K, V, V2>(
  plan: TablePlan<K, V>,
  mapper: ValueMapper<K, V, V2>,
  options: TableValueOptions<V2>,
): TablePlan<K, V2> {
  return deriveTable<K, V, V2>(
    plan,
    {
      prefix: 'KTABLE-MAPVALUES-',
      mapRow: (value, key) =>
        value === null ? null : (reuseDatum(mapper(value.value, key.value), value) as Datum<V2> | null),
      valueSerde: options.valueSerde ?? null,
      dropsNoChange: false,
    },
    options,
  );
}
