import type { BigintPolicy } from '../values/column-codec.ts';

/**
 * A MySQL table as topologies know it: what `millrace mysql pull` writes. Plain data; the types of its keys and rows go
 * with it.
 */
export interface TableDescriptor<K, V> {
  readonly database: string;
  readonly table: string;
  readonly topicPrefix: string;
  /** `<topicPrefix>.<database>.<table>`. */
  readonly topic: string;
  /** Columns of the key of its records, in key order; empty where there is none. */
  readonly primaryKey: readonly string[];
  /** How BIGINT columns come out. */
  readonly bigint: BigintPolicy;
  /** Column types as MySQL writes them, by name, in the order of the table. */
  readonly columns: { readonly [column: string]: string };
  /** Carries the type of the key; never there. */
  readonly keyType?: K;
  /** Carries the type of a row; never there. */
  readonly rowType?: V;
}

/** What a descriptor is made from: all but the name of the topic, which follows. */
export type TableDescription = Omit<TableDescriptor<unknown, unknown>, 'topic' | 'keyType' | 'rowType'>;

/**
 * Describes a MySQL table for `builder.mysqlTable()` and `builder.mysqlStream()`.
 *
 * @example
 * export const orders = mysqlTable<number, Order>({
 *   database: 'shop',
 *   table: 'orders',
 *   topicPrefix: 'mysql',
 *   primaryKey: ['id'],
 *   bigint: 'error',
 *   columns: { id: 'int', status: 'varchar(20)' },
 * });
 */
export function mysqlTable<K, V>(description: TableDescription): TableDescriptor<K, V> {
  const { topicPrefix, database, table } = description;
  return Object.freeze({ ...description, topic: `${topicPrefix}.${database}.${table}` });
}
