import { MillraceError } from '../../core/millrace-error.ts';
import type { ColumnSchema, MysqlDataType, TableSchema } from '../schema/column-schema.ts';
import { fractionBytes } from '../values/temporal.ts';

/** The parts of zongji's TableMap event that a table is made from (binlog_row_metadata=FULL). */
export interface ZongjiTableMap {
  readonly tableId: number;
  readonly schemaName: string;
  readonly tableName: string;
  readonly columnCount: number;
  readonly columnNames?: readonly string[];
  readonly columnTypes: readonly number[];
  readonly columnsMetadata: readonly (ZongjiMetadata | undefined)[];
  readonly signedness?: readonly (boolean | undefined)[];
  readonly primaryKey?: readonly number[];
  /** Members of ENUM and SET columns as bytes in the column's character set. */
  readonly _enumSetValues?: readonly (readonly Buffer[] | undefined)[];
  readonly _columnCharsetIds?: readonly (number | undefined)[];
}

interface ZongjiMetadata {
  readonly max_length?: number;
  readonly length_size?: number;
  readonly size?: number;
  readonly bits?: number;
  readonly precision?: number;
  readonly decimals?: number;
}

/** A column as zongji's row reader wants it. */
export interface ZongjiColumn {
  readonly name: number;
  readonly charset: null;
  readonly type: number;
  readonly metadata: ZongjiMetadata;
}

/** A table as it is handed over, and how zongji has to read its rows. */
export interface ZongjiTable {
  readonly schema: TableSchema;
  readonly columns: readonly ZongjiColumn[];
}

/** What the names in a TABLE_MAP event need to become a schema. */
export interface TableNaming {
  /** The character set of a collation id of `information_schema.COLLATIONS`. */
  charsetOf(collationId: number): string;
  /** Bytes in that character set as text. */
  decode(charset: string, bytes: Buffer): string;
}

const BIT = 16;
const BLOB = 252;
const BINARY_COLLATION = 63;

const PLAIN_TYPES: Readonly<{ [wireType: number]: MysqlDataType }> = {
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  4: 'float',
  5: 'double',
  8: 'bigint',
  9: 'mediumint',
  10: 'date',
  13: 'year',
  15: 'varchar',
  16: 'bit',
  17: 'timestamp',
  18: 'datetime',
  19: 'time',
  245: 'json',
  246: 'decimal',
  247: 'enum',
  248: 'set',
  252: 'blob',
  254: 'char',
};

const BLOB_TYPES: readonly MysqlDataType[] = ['tinyblob', 'blob', 'mediumblob', 'longblob'];
const TEXT_TYPES: readonly MysqlDataType[] = ['tinytext', 'text', 'mediumtext', 'longtext'];

/**
 * A table from the TABLE_MAP event, which describes itself.
 *
 * zongji reads values of several types wrongly (negative TIME, YEAR 0, JSON, many character sets). Each of them is declared
 * to it as a BIT or BLOB of the same size, so that it hands over the bytes, which `values/` reads. Columns are named by their
 * index, so that no name (`__proto__`) can get lost.
 *
 * Throws MYSQL_SETTING_UNSUPPORTED without FULL metadata, MYSQL_UNSUPPORTED_COLUMN.
 */
export function toZongjiTable(event: ZongjiTableMap, naming: TableNaming): ZongjiTable {
  const names = event.columnNames;
  if (names === undefined || names.length !== event.columnCount) {
    throw new MillraceError(
      'MYSQL_SETTING_UNSUPPORTED',
      `Expected table ${event.schemaName}.${event.tableName} to be described in full in the binlog, got less: SET PERSIST binlog_row_metadata = FULL`,
    );
  }
  const columns = names.map((name, index) => toColumn(event, naming, { name, index }));
  return {
    schema: {
      database: event.schemaName,
      table: event.tableName,
      columns,
      key: (event.primaryKey ?? []).map((index) => names[index] as string),
    },
    columns: columns.map((column, index) => toZongjiColumn(column, index, event)),
  };
}

function toColumn(event: ZongjiTableMap, naming: TableNaming, at: { name: string; index: number }): ColumnSchema {
  const metadata = event.columnsMetadata[at.index] ?? {};
  const collation = event._columnCharsetIds?.[at.index];
  const isBinary = collation === BINARY_COLLATION;
  const type = dataType(event.columnTypes[at.index] as number, metadata, isBinary);
  if (type === undefined) {
    throw new MillraceError(
      'MYSQL_UNSUPPORTED_COLUMN',
      `Expected the type of column "${at.name}" to be one that can be read from the binlog, got wire type ${event.columnTypes[at.index]}`,
      { context: { table: `${event.schemaName}.${event.tableName}`, column: at.name } },
    );
  }
  const charset = collation === undefined || isBinary ? null : naming.charsetOf(collation);
  const members = event._enumSetValues?.[at.index] ?? [];
  return {
    name: at.name,
    type,
    unsigned: event.signedness?.[at.index] ?? false,
    charset,
    length: type === 'bit' ? (metadata.bits ?? 0) : type === 'binary' ? (metadata.max_length ?? 0) : 0,
    scale: metadata.decimals ?? 0,
    members: members.map((member) => naming.decode(charset ?? 'utf8mb4', member)),
    nullable: true,
  };
}

function dataType(wireType: number, metadata: ZongjiMetadata, isBinary: boolean): MysqlDataType | undefined {
  const type = PLAIN_TYPES[wireType];
  if (type === 'blob') return (isBinary ? BLOB_TYPES : TEXT_TYPES)[(metadata.length_size ?? 2) - 1];
  if (type === 'char' && isBinary) return 'binary';
  if (type === 'varchar' && isBinary) return 'varbinary';
  return type;
}

function toZongjiColumn(column: ColumnSchema, index: number, event: ZongjiTableMap): ZongjiColumn {
  const type = event.columnTypes[index] as number;
  const metadata = event.columnsMetadata[index] ?? {};
  const fixed = (bytes: number) => ({ name: index, charset: null, type: BIT, metadata: { bits: 8 * bytes } });
  const prefixed = (bytes: number) => ({ name: index, charset: null, type: BLOB, metadata: { length_size: bytes } });
  switch (column.type) {
    case 'year':
      return fixed(1);
    case 'date':
      return fixed(3);
    case 'time':
      return fixed(3 + fractionBytes(column.scale));
    case 'timestamp':
      return fixed(4 + fractionBytes(column.scale));
    case 'datetime':
      return fixed(5 + fractionBytes(column.scale));
    case 'enum':
    case 'set':
      return fixed(metadata.size ?? 1);
    case 'char':
    case 'binary':
    case 'varchar':
    case 'varbinary':
      return prefixed((metadata.max_length ?? 0) > 255 ? 2 : 1);
    case 'json':
      return prefixed(metadata.length_size ?? 4);
    default:
      return { name: index, charset: null, type, metadata };
  }
}
