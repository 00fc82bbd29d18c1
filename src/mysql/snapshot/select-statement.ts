import type { ColumnSchema, TableName, TableSchema } from '../schema/column-schema.ts';

/**
 * The query that reads a whole table so that the text of each value is exact. MySQL prints a FLOAT with six digits; as a
 * DOUBLE it prints all of them. Columns are renamed by number, since the driver refuses some names (`__proto__`).
 */
export function selectStatement(table: TableSchema): string {
  const columns = table.columns.map((column, index) => `${expression(column)} AS c${index}`).join(', ');
  return `SELECT ${columns} FROM ${quoteTable(table)}`;
}

/** A table's name for SQL. */
export function quoteTable(name: TableName): string {
  return `${quoteName(name.database)}.${quoteName(name.table)}`;
}

/** A name between backquotes. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function expression(column: ColumnSchema): string {
  const name = quoteName(column.name);
  return column.type === 'float' ? `(${name} + 0e0)` : name;
}
