import type { GroupOptions, KGroupedStream } from './k-grouped-stream.ts';
import type { KGroupedTable } from './k-grouped-table.ts';
import type { KStream } from './k-stream.ts';
import type { KTable } from './k-table.ts';
import type { GroupedTablePlan } from './operators/group-table.ts';
import type { StreamPlan } from './stream-plan.ts';
import type { TablePlan } from './table-plan.ts';

/**
 * Makes handles of plans. A stream's methods return tables and a table's return streams: through this, which the
 * `StreamsBuilder` fills in, none of the handles needs to import the others.
 */
export interface Handles {
  stream<K, V>(plan: StreamPlan<K, V>): KStream<K, V>;
  table<K, V>(plan: TablePlan<K, V>): KTable<K, V>;
  groupedStream<K, V>(plan: StreamPlan<K, V>, options: GroupOptions<K, V>): KGroupedStream<K, V>;
  groupedTable<K, V>(plan: GroupedTablePlan<K, V>): KGroupedTable<K, V>;
}
