import type { CapturedTable } from '../topology/topology.ts';

/**
 * What the DSL needs to know of a MySQL table: the descriptors that `millrace mysql pull` writes have it.
 * `keyType` and `rowType` carry types only and are never there.
 */
export interface MySqlSourceTable<K, V> extends CapturedTable {
  /** The columns of the primary key; empty where there is none, and the table can then be read as a stream only. */
  readonly primaryKey: readonly string[];
  readonly keyType?: K;
  readonly rowType?: V;
}
