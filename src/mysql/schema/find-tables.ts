import { MillraceError } from '../../core/millrace-error.ts';
import { describeAddress, parseMysqlUrl } from '../connection/mysql-address.ts';
import { MysqlConnection } from '../connection/mysql-connection.ts';
import type { TableName } from './column-schema.ts';

/**
 * The base tables of a server that are wanted, by name; `named` is the database in the URL. Throws MYSQL_TABLE_NOT_FOUND when
 * there is none, and what a connection throws.
 */
export async function findTables(
  url: string,
  isWanted: (table: TableName, named: string | undefined) => boolean,
): Promise<readonly TableName[]> {
  const address = parseMysqlUrl(url);
  const connection = await MysqlConnection.open(address);
  try {
    const rows = await connection.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' ORDER BY 1, 2",
    );
    const tables = rows.map(([database, table]) => ({ database: database as string, table: table as string }));
    const wanted = tables.filter((table) => isWanted(table, address.database));
    if (wanted.length > 0) return wanted;
    throw new MillraceError(
      'MYSQL_TABLE_NOT_FOUND',
      `Expected tables to capture at ${describeAddress(address)} that the user may see, got none`,
    );
  } finally {
    connection.destroy();
  }
}
