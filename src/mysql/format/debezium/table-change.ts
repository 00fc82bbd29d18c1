import type { TableName } from '../../schema/column-schema.ts';
import { readColumnDetails, type ColumnDetails } from '../../schema/read-column-details.ts';
import type { QueryText } from '../../connection/mysql-connection.ts';

/** Numbers of `java.sql.Types` (and Debezium's own for zoned timestamps) by MySQL's type; others are OTHER. */
const JDBC_TYPES: { readonly [type: string]: number } = {
  TINYINT: 5,
  SMALLINT: 5,
  MEDIUMINT: 4,
  INT: 4,
  YEAR: 4,
  BIGINT: -5,
  BIT: -7,
  DECIMAL: 3,
  FLOAT: 6,
  DOUBLE: 8,
  DATE: 91,
  TIME: 92,
  DATETIME: 93,
  TIMESTAMP: 2014,
  CHAR: 1,
  ENUM: 1,
  SET: 1,
  VARCHAR: 12,
  TINYTEXT: 12,
  TEXT: 12,
  MEDIUMTEXT: 12,
  LONGTEXT: 12,
  BINARY: -2,
  VARBINARY: -3,
  TINYBLOB: 2004,
  BLOB: 2004,
  MEDIUMBLOB: 2004,
  LONGBLOB: 2004,
};
const OTHER = 1111;

/** What a schema change says of one table; `table` is null when it is gone. */
export interface TableChange {
  readonly type: 'CREATE' | 'ALTER' | 'DROP';
  readonly id: string;
  readonly table: object | null;
}

/** Describes a table as it is now for a schema change of this type. */
export async function readTableChange(
  query: QueryText,
  name: TableName,
  by: { readonly type: 'CREATE' | 'ALTER' | 'DROP'; readonly withComments: boolean },
): Promise<TableChange> {
  const id = `${quoted(name.database)}.${quoted(name.table)}`;
  const columns = by.type === 'DROP' ? new Map<string, ColumnDetails>() : await readColumnDetails(query, name);
  if (columns.size === 0) return { type: 'DROP', id, table: null };
  const [[charset, comment] = []] = await query(
    'SELECT c.CHARACTER_SET_NAME, t.TABLE_COMMENT FROM information_schema.TABLES t JOIN ' +
      'information_schema.COLLATION_CHARACTER_SET_APPLICABILITY c ON c.COLLATION_NAME = t.TABLE_COLLATION ' +
      `WHERE t.TABLE_SCHEMA = ${literal(name.database)} AND t.TABLE_NAME = ${literal(name.table)}`,
  );
  const keys = [...columns].filter(([, { isPrimaryKey }]) => isPrimaryKey).map(([column]) => column);
  const described = [...columns].map(([column, details], index) =>
    columnOf(column, details, { position: index + 1, withComments: by.withComments }),
  );
  const table = {
    defaultCharsetName: charset ?? null,
    primaryKeyColumnNames: keys,
    columns: described,
    comment: by.withComments ? (comment ?? null) : null,
  };
  return { type: by.type, id, table };
}

function columnOf(
  name: string,
  details: ColumnDetails,
  by: { readonly position: number; readonly withComments: boolean },
): object {
  const [, base = '', inner = ''] = /^(\w+)(?:\((.*)\))?/s.exec(details.columnType) ?? [];
  const type = base.toUpperCase() + (/\bunsigned\b/.test(details.columnType) ? ' UNSIGNED' : '');
  const members = /^(enum|set)$/i.test(base) ? [...inner.matchAll(/'(?:[^']|'')*'/g)].map(([member]) => member) : null;
  const [length, scale] = sizesOf(base.toUpperCase(), inner, members);
  return {
    name,
    jdbcType: JDBC_TYPES[base.toUpperCase()] ?? OTHER,
    nativeType: null,
    typeName: type,
    typeExpression: type,
    charsetName: details.charset,
    length,
    scale,
    position: by.position,
    optional: details.nullable,
    autoIncremented: details.isAutoIncrement,
    generated: details.isGenerated,
    comment: by.withComments && details.comment !== '' ? details.comment : null,
    defaultValueExpression: details.defaultText,
    enumValues: members,
  };
}

function sizesOf(type: string, inner: string, members: readonly string[] | null): [number | null, number | null] {
  if (members !== null) return [type === 'ENUM' ? 1 : Math.max(0, 2 * members.length - 1), null];
  const [length, scale] = inner.split(',').map(Number);
  const isSized = inner !== '' && Number.isInteger(length);
  return isSized ? [length as number, scale ?? null] : [null, null];
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
