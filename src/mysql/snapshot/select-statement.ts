import type { ColumnSchema, TableName, TableSchema } from '../schema/column-schema.ts';

/** What of a table is read, and in what order. */
export interface SelectOptions {
  /** Conditions that must all hold. */
  readonly conditions?: readonly string[];
  /** Expressions that are selected behind the row. */
  readonly extra?: readonly string[];
  /** Columns, quoted, in whose order the rows come. */
  readonly orderBy?: readonly string[];
  /** The index to read in, quoted; by default the server chooses. */
  readonly index?: string | null;
  /** Whether values come as text, by default; in binary nothing is lost by itself. */
  readonly isBinary?: boolean;
}

/**
 * The query that reads rows of a table so that the text of each value is exact. MySQL prints a FLOAT with six digits, and a
 * DOUBLE(20,5) with five behind the point; multiplied by one, both are printed with all of them, and a zero keeps its sign. Columns are renamed by number, since the driver refuses some names (`__proto__`).
 */
export function selectStatement(table: TableSchema, options: SelectOptions = {}): string {
  const { conditions = [], extra = [], orderBy = [], index = null, isBinary = false } = options;
  const own = table.columns.map((column) => (isBinary ? quoteName(column.name) : expression(column)));
  const expressions = [...own, ...extra];
  const columns = expressions.map((text, at) => `${text} AS c${at}`).join(', ');
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map((text) => `(${text})`).join(' AND ')}`;
  const order = orderBy.length === 0 ? '' : ` ORDER BY ${orderBy.join(', ')}`;
  const hint = index === null ? '' : ` FORCE INDEX (${index})`;
  return `SELECT ${columns} FROM ${quoteTable(table)}${hint}${where}${order}`;
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
  return column.type === 'float' || column.type === 'double' ? `(${name} * 1e0)` : name;
}
