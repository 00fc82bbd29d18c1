import { MillraceError } from '../../core/millrace-error.ts';
import { GEOMETRY_TYPES, type ColumnSchema, type MysqlDataType, type TableSchema } from '../schema/column-schema.ts';
import type { MappedColumn, TableMap } from './table-map.ts';
import { WireType } from './wire-type.ts';

/** What the names in a TABLE_MAP event need to become a schema. */
export interface TableNaming {
  /** The character set of a collation id of `information_schema.COLLATIONS`. */
  charsetOf(collationId: number): string;
  /** Bytes in that character set as text. */
  decode(charset: string, bytes: Buffer): string;
}

const BINARY_COLLATION = 63;

const PLAIN_TYPES: Readonly<{ [wireType: number]: MysqlDataType }> = {
  [WireType.TINY]: 'tinyint',
  [WireType.SHORT]: 'smallint',
  [WireType.LONG]: 'int',
  [WireType.FLOAT]: 'float',
  [WireType.DOUBLE]: 'double',
  [WireType.LONGLONG]: 'bigint',
  [WireType.INT24]: 'mediumint',
  [WireType.DATE]: 'date',
  [WireType.YEAR]: 'year',
  [WireType.BIT]: 'bit',
  [WireType.TIMESTAMP2]: 'timestamp',
  [WireType.DATETIME2]: 'datetime',
  [WireType.TIME2]: 'time',
  [WireType.VECTOR]: 'vector',
  [WireType.JSON]: 'json',
  [WireType.NEWDECIMAL]: 'decimal',
  [WireType.ENUM]: 'enum',
  [WireType.SET]: 'set',
};
const BLOB_TYPES: readonly MysqlDataType[] = ['tinyblob', 'blob', 'mediumblob', 'longblob'];
const TEXT_TYPES: readonly MysqlDataType[] = ['tinytext', 'text', 'mediumtext', 'longtext'];

/** The schema of a table that describes itself in full; undefined when it does not (binlog_row_metadata=MINIMAL). */
export function schemaOfTableMap(map: TableMap, naming: TableNaming): TableSchema | undefined {
  const { database, table, columns, primaryKey } = map;
  if (columns.some(({ name }) => name === undefined)) return undefined;
  return {
    database,
    table,
    columns: columns.map((column) => toColumn(column, naming)),
    key: (primaryKey ?? []).map((index) => columns[index]?.name as string),
  };
}

/**
 * Verifies that the rows of a TABLE_MAP event without names are those of the schema: the number of columns, their types,
 * character sets, signs, digits and sizes. Throws MYSQL_SCHEMA_MISMATCH.
 */
export function requireSchemaOfTableMap(schema: TableSchema, map: TableMap, naming: TableNaming): void {
  const context = { table: `${map.database}.${map.table}` };
  if (schema.columns.length !== map.columns.length) {
    throw new MillraceError(
      'MYSQL_SCHEMA_MISMATCH',
      `Expected rows of ${schema.columns.length} columns, got ${map.columns.length}`,
      { context },
    );
  }
  for (const [index, column] of schema.columns.entries()) {
    const expected = describe(column);
    const found = describe({ ...toColumn(map.columns[index] as MappedColumn, naming), members: column.members });
    const holds = fits(column, map.columns[index] as MappedColumn);
    if (expected === found && holds) continue;
    throw new MillraceError(
      'MYSQL_SCHEMA_MISMATCH',
      `Expected column "${column.name}" to be ${expected}, got ${found}${holds ? '' : ' of another size'}`,
      { context: { ...context, column: column.name } },
    );
  }
}

function describe(column: ColumnSchema): string {
  const { type, unsigned, charset, length, scale, nullable } = column;
  const isGeometry = GEOMETRY_TYPES.some((geometry) => geometry === type);
  // The binlog counts years without a sign, and keeps the character sets of members to itself without FULL metadata.
  const isSigned = !unsigned || type === 'year';
  const isText = type !== 'enum' && type !== 'set';
  const parts = [isGeometry ? 'geometry' : type, isSigned ? '' : 'unsigned', isText ? (charset ?? '') : ''];
  return [...parts, length > 0 ? `length ${length}` : '', scale > 0 ? `scale ${scale}` : '', nullable ? '' : 'not null']
    .filter((part) => part !== '')
    .join(' ');
}

/** Whether as many members as the schema has need the bytes that the rows have for them. */
function fits(column: ColumnSchema, mapped: MappedColumn): boolean {
  const count = column.members.length;
  if (column.type === 'enum') return mapped.maxBytes === (count > 255 ? 2 : 1);
  if (column.type !== 'set') return true;
  const bytes = (count + 7) >> 3;
  return mapped.maxBytes === (bytes > 4 ? 8 : bytes);
}

function toColumn(column: MappedColumn, naming: TableNaming): ColumnSchema {
  const isBinary = column.collation === BINARY_COLLATION;
  const type = dataType(column, isBinary);
  const charset = column.collation === undefined || isBinary ? null : naming.charsetOf(column.collation);
  return {
    name: column.name ?? '',
    type,
    unsigned: column.isUnsigned,
    charset: type === 'enum' || type === 'set' ? (charset ?? 'binary') : charset,
    length: type === 'bit' || type === 'decimal' ? column.precision : type === 'binary' ? column.maxBytes : 0,
    scale: column.scale,
    members: (column.members ?? []).map((member) => naming.decode(charset ?? 'binary', member)),
    nullable: column.isNullable,
  };
}

function dataType({ wireType, lengthBytes, geometryType }: MappedColumn, isBinary: boolean): MysqlDataType {
  if (wireType === WireType.BLOB) return (isBinary ? BLOB_TYPES : TEXT_TYPES)[lengthBytes - 1] ?? 'blob';
  if (wireType === WireType.STRING) return isBinary ? 'binary' : 'char';
  if (wireType === WireType.VARCHAR) return isBinary ? 'varbinary' : 'varchar';
  if (wireType === WireType.GEOMETRY) return GEOMETRY_TYPES[geometryType] ?? 'geometry';
  return PLAIN_TYPES[wireType] as MysqlDataType;
}
