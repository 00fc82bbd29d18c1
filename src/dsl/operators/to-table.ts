import type { SerdeOptions, StreamPlan } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import type { StoreOptions } from '../table-stores/add-table-store.ts';
import { repartitionIfNeeded } from './repartition.ts';
import { tableSource } from './table-source.ts';

/** How a stream is read as a table. */
export interface ToTableOptions<K, V> extends SerdeOptions<K, V>, StoreOptions {
  /** Names the node, its store, and the repartition topic where one is needed. */
  readonly name: string;
  /** Keeps the rows for queries even if no operator needs them. */
  readonly queryable?: boolean;
}

/** Reads a stream as the updates of a table; repartitions first where the key was changed. */
export function toTable<K, V>(plan: StreamPlan<K, V>, options: ToTableOptions<K, V>): TablePlan<K, V> {
  const { context } = plan;
  const name = context.requireName(options, 'toTable');
  const keySerde = options.keySerde ?? plan.keySerde;
  const valueSerde = options.valueSerde ?? plan.valueSerde;
  const partitioned = repartitionIfNeeded({ ...plan, keySerde, valueSerde }, name, 'toTable');
  const materialized = options.queryable ?? false;
  return tableSource(partitioned, { node: name, store: name, materialized, storeOptions: options });
}
