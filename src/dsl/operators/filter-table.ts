import type { TableOptions, TablePlan } from '../table-plan.ts';
import { deriveTable } from './derived-table.ts';
import type { Predicate } from './filter-stream.ts';

/** The rows for which the predicate is `keep`; a row that no longer passes is deleted downstream. */
export function filterTable<K, V>(
  plan: TablePlan<K, V>,
  { predicate, keep }: { predicate: Predicate<K, V>; keep: boolean },
  options: TableOptions,
): TablePlan<K, V> {
  return deriveTable<K, V, V>(
    plan,
    {
      prefix: 'KTABLE-FILTER-',
      mapRow: (value, key) => (value !== null && predicate(value.value, key.value) === keep ? value : null),
      valueSerde: plan.valueSerde,
      dropsNoChange: true,
    },
    options,
  );
}
