import type { MysqlConnection, TextCells } from '../connection/mysql-connection.ts';
import type { DescribedTable } from '../schema/read-table-schemas.ts';
import { afterBound, keyColumnsOf, upToBound, type KeyBound } from './key-column.ts';
import { quoteTable } from './select-statement.ts';

/** The index that a table is read in, for SQL; null leaves it to the server. */
export function chunkIndex(table: DescribedTable): string | null {
  return table.hasPrimaryKey ? 'PRIMARY' : null;
}

/** The last key that a table has now; null when it is empty. */
export async function readLastKey(connection: MysqlConnection, table: DescribedTable): Promise<KeyBound | null> {
  // A table that is not there any more.
  if (table.columns.length === 0) return null;
  const columns = keyColumnsOf(table);
  const order = columns.map(({ name }) => `${name} DESC`).join(', ');
  return boundIn(await connection.query(`${selectKey(table)} ORDER BY ${order} LIMIT 1`));
}

/**
 * The key of the row that is `rows` rows after a bound (null: from the start), counted by the server in key order; null when
 * there are not so many up to the last one.
 */
export async function readChunkEnd(
  connection: MysqlConnection,
  table: DescribedTable,
  chunk: { after: KeyBound | null; last: KeyBound; rows: number },
): Promise<KeyBound | null> {
  const columns = keyColumnsOf(table);
  const conditions = [upToBound(columns, chunk.last)];
  if (chunk.after !== null) conditions.push(afterBound(columns, chunk.after));
  const where = conditions.map((text) => `(${text})`).join(' AND ');
  const order = columns.map(({ name }) => name).join(', ');
  const sql = `${selectKey(table)} WHERE ${where} ORDER BY ${order} LIMIT 1 OFFSET ${chunk.rows - 1}`;
  return boundIn(await connection.query(sql));
}

function selectKey(table: DescribedTable): string {
  const expressions = keyColumnsOf(table).map(({ expression }, index) => `${expression} AS c${index}`);
  const index = chunkIndex(table);
  const hint = index === null ? '' : ` FORCE INDEX (${index})`;
  return `SELECT ${expressions.join(', ')} FROM ${quoteTable(table)}${hint}`;
}

function boundIn(rows: readonly TextCells[]): KeyBound | null {
  return (rows[0] as KeyBound | undefined) ?? null;
}
