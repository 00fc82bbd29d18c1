import { parseMysqlUrl } from '../connection/mysql-address.ts';
import { MysqlConnection } from '../connection/mysql-connection.ts';
import { generateDescriptors, type DescriptorOptions } from './generate-descriptors.ts';
import type { TableSchema } from './column-schema.ts';
import { listTables, readTableSchemas } from './read-table-schemas.ts';

/** Which tables `millrace mysql pull` describes, and how. */
export interface PullOptions extends DescriptorOptions {
  /** `mysql://user:password@host:3306`. */
  readonly url: string;
  readonly database: string;
  /** Only these tables; absent, all base tables of the database. */
  readonly tables?: readonly string[];
}

/**
 * The descriptors of a database's tables, by name, as a TypeScript module, and the tables. Throws MYSQL_UNREACHABLE,
 * MYSQL_ACCESS_DENIED, MYSQL_DATABASE_NOT_FOUND, MYSQL_TABLE_NOT_FOUND, MYSQL_UNSUPPORTED_TABLE, MYSQL_UNSUPPORTED_COLUMN.
 */
export async function pullTables(
  options: PullOptions,
): Promise<{ readonly descriptors: string; readonly tables: readonly TableSchema[] }> {
  const connection = await MysqlConnection.open(parseMysqlUrl(options.url));
  try {
    const { database } = options;
    const named = options.tables?.toSorted().map((table) => ({ database, table }));
    const tables = await readTableSchemas(connection, named ?? (await listTables(connection, database)));
    return { descriptors: generateDescriptors(tables, options), tables };
  } finally {
    connection.destroy();
  }
}
