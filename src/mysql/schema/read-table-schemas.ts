import { MillraceError } from '../../core/millrace-error.ts';
import type { MysqlConnection, TextCells } from '../connection/mysql-connection.ts';
import { isReadableCharset } from '../values/charset-decoder.ts';
import {
  GEOMETRY_TYPES,
  tableName,
  type ColumnSchema,
  type MysqlDataType,
  type TableName,
  type TableSchema,
} from './column-schema.ts';

/** A table as `information_schema` describes it. */
export interface DescribedTable extends TableSchema {
  /** The server's estimate of the number of its rows. */
  readonly estimatedRows: number;
  /** Whether `key` is its primary key, and not a unique key instead of one. */
  readonly hasPrimaryKey: boolean;
}

const READABLE_TYPES = new Set<string>([
  'tinyint',
  'smallint',
  'mediumint',
  'int',
  'bigint',
  'decimal',
  'float',
  'double',
  'bit',
  'year',
  'date',
  'time',
  'datetime',
  'timestamp',
  'char',
  'varchar',
  'tinytext',
  'text',
  'mediumtext',
  'longtext',
  'binary',
  'varbinary',
  'tinyblob',
  'blob',
  'mediumblob',
  'longblob',
  'enum',
  'set',
  'json',
  ...GEOMETRY_TYPES,
  'vector',
] satisfies MysqlDataType[]);

const COLUMNS = `SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION,
  NUMERIC_SCALE, DATETIME_PRECISION, IS_NULLABLE
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`;

const KEYS = `SELECT s.INDEX_NAME, s.COLUMN_NAME, c.IS_NULLABLE
  FROM information_schema.STATISTICS s
  LEFT JOIN information_schema.COLUMNS c
    ON c.TABLE_SCHEMA = s.TABLE_SCHEMA AND c.TABLE_NAME = s.TABLE_NAME AND c.COLUMN_NAME = s.COLUMN_NAME
  WHERE s.TABLE_SCHEMA = ? AND s.TABLE_NAME = ? AND s.NON_UNIQUE = 0
  ORDER BY s.INDEX_NAME = 'PRIMARY' DESC, s.INDEX_NAME, s.SEQ_IN_INDEX`;

/**
 * Describes the tables, in the order given.
 *
 * Throws MYSQL_TABLE_NOT_FOUND, MYSQL_UNSUPPORTED_TABLE (no InnoDB base table) and MYSQL_UNSUPPORTED_COLUMN (a type or
 * character set that cannot be read exactly).
 */
export async function readTableSchemas(
  connection: MysqlConnection,
  tables: readonly TableName[],
): Promise<readonly DescribedTable[]> {
  const described: DescribedTable[] = [];
  for (const table of tables) described.push(await readTableSchema(connection, table));
  return described;
}

/** The base tables of a database, by name. Throws MYSQL_DATABASE_NOT_FOUND. */
export async function listTables(connection: MysqlConnection, database: string): Promise<readonly TableName[]> {
  const rows = await connection.query(
    `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME`,
    [database],
  );
  if (rows.length === 0) {
    const exists = await connection.query('SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?', [
      database,
    ]);
    if (exists.length === 0) {
      throw new MillraceError(
        'MYSQL_DATABASE_NOT_FOUND',
        `Expected a database "${database}" that the user may see, got none`,
      );
    }
  }
  return rows.map(([table]) => ({ database, table: table as string }));
}

async function readTableSchema(connection: MysqlConnection, name: TableName): Promise<DescribedTable> {
  const parameters = [name.database, name.table];
  const [facts] = await connection.query(
    'SELECT TABLE_TYPE, ENGINE, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    parameters,
  );
  if (facts === undefined) {
    throw new MillraceError(
      'MYSQL_TABLE_NOT_FOUND',
      `Expected a table ${tableName(name)} that the user may read, got none`,
      {
        context: { table: tableName(name) },
      },
    );
  }
  const [type, engine, rows] = facts;
  if (type !== 'BASE TABLE' || engine?.toLowerCase() !== 'innodb') {
    throw new MillraceError(
      'MYSQL_UNSUPPORTED_TABLE',
      `Expected ${tableName(name)} to be an InnoDB table, got ${engine ?? type}`,
      {
        context: { table: tableName(name) },
      },
    );
  }
  const columns = (await connection.query(COLUMNS, parameters)).map((cells) => toColumn(name, cells));
  const key = chooseKey(await connection.query(KEYS, parameters));
  return { ...name, columns, key: key.columns, hasPrimaryKey: key.isPrimary, estimatedRows: Number(rows ?? 0) };
}

function toColumn(table: TableName, cells: TextCells): ColumnSchema {
  const [name, type, columnType, charset, maximumLength, precision, scale, fraction, nullable] = cells;
  requireReadable(table, { name: name as string, type: type as string, charset: charset ?? null });
  const dataType = type as MysqlDataType;
  return {
    name: name as string,
    type: dataType,
    unsigned: /\bunsigned\b/.test(columnType as string),
    charset: charset ?? null,
    length: lengthOf(dataType, { maximumLength, precision }),
    scale: dataType === 'decimal' ? Number(scale) : Number(fraction ?? 0),
    members: dataType === 'enum' || dataType === 'set' ? membersOf(columnType as string) : [],
    nullable: nullable === 'YES',
  };
}

function lengthOf(
  type: MysqlDataType,
  { maximumLength, precision }: Readonly<Record<'maximumLength' | 'precision', string | null | undefined>>,
): number {
  if (type === 'bit' || type === 'decimal') return Number(precision);
  return type === 'binary' ? Number(maximumLength) : 0;
}

function requireReadable(table: TableName, column: { name: string; type: string; charset: string | null }): void {
  const isReadable = READABLE_TYPES.has(column.type) && (column.charset === null || isReadableCharset(column.charset));
  if (isReadable) return;
  const found = READABLE_TYPES.has(column.type)
    ? `character set ${column.charset}`
    : `type ${column.type.toUpperCase()}`;
  throw new MillraceError(
    'MYSQL_UNSUPPORTED_COLUMN',
    `Expected column "${column.name}" of ${tableName(table)} to be readable from the binlog, got ${found}`,
    { context: { table: tableName(table), column: column.name } },
  );
}

const ESCAPED: { readonly [character: string]: string } = { 0: '\0', n: '\n', r: '\r' };

/** The members in `enum('a','it''s','back\\slash')`. */
function membersOf(columnType: string): string[] {
  return [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map(([, member]) =>
    (member as string).replaceAll(/''|\\(.)/gs, (pair, character?: string) =>
      character === undefined ? "'" : (ESCAPED[character] ?? (character || pair)),
    ),
  );
}

/** The primary key; else the first unique key, by name, whose parts are all columns that are NOT NULL. */
function chooseKey(parts: readonly TextCells[]): { columns: readonly string[]; isPrimary: boolean } {
  const indexes = Map.groupBy(parts, ([index]) => index as string);
  for (const [index, columns] of indexes) {
    if (columns.some(([, column, nullable]) => column === null || nullable !== 'NO')) continue;
    return { columns: columns.map(([, column]) => column as string), isPrimary: index === 'PRIMARY' };
  }
  return { columns: [], isPrimary: false };
}
