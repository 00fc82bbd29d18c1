/** The data types of MySQL that a column may have, as `information_schema.COLUMNS.DATA_TYPE` names them. */
export type MysqlDataType =
  | 'tinyint'
  | 'smallint'
  | 'mediumint'
  | 'int'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'double'
  | 'bit'
  | 'year'
  | 'date'
  | 'time'
  | 'datetime'
  | 'timestamp'
  | 'char'
  | 'varchar'
  | 'tinytext'
  | 'text'
  | 'mediumtext'
  | 'longtext'
  | 'binary'
  | 'varbinary'
  | 'tinyblob'
  | 'blob'
  | 'mediumblob'
  | 'longblob'
  | 'enum'
  | 'set'
  | 'json'
  | GeometryType
  | 'vector';

/** The spatial types, in the order in which the binlog numbers them. */
export const GEOMETRY_TYPES = [
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geomcollection',
] as const;

type GeometryType = (typeof GEOMETRY_TYPES)[number];

/**
 * A column as its values need it to be known; the same from `information_schema` and from the binlog's own metadata.
 */
export interface ColumnSchema {
  readonly name: string;
  readonly type: MysqlDataType;
  /** Integers, DECIMAL, FLOAT and DOUBLE. */
  readonly unsigned: boolean;
  /** Character set of text, ENUM and SET; null for everything else. */
  readonly charset: string | null;
  /** Bytes of a BINARY column, bits of a BIT column, digits of a DECIMAL column, else 0. */
  readonly length: number;
  /** Digits after the second of TIME, DATETIME and TIMESTAMP, digits after the point of DECIMAL; else 0. */
  readonly scale: number;
  /** The members of ENUM and SET, in order; else empty. */
  readonly members: readonly string[];
  readonly nullable: boolean;
}

/** A table and its columns in the order of the table. */
export interface TableSchema {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly ColumnSchema[];
  /**
   * Names of the columns of the key of its records, in key order: the primary key, else the first unique key whose columns
   * are all NOT NULL, else empty.
   */
  readonly key: readonly string[];
}

/** A table by name. */
export interface TableName {
  readonly database: string;
  readonly table: string;
}

/** `shop.orders`: the name of a table in messages and the key of a table in maps. */
export function tableName(name: TableName): string {
  return `${name.database}.${name.table}`;
}
