import { MillraceError } from '../../core/millrace-error.ts';
import { ByteCursor } from './byte-cursor.ts';
import { isNumericType, isTextType, WireType } from './wire-type.ts';

/** A column as a TABLE_MAP event describes it. */
export interface MappedColumn {
  /** The real type: ENUM and SET are never hidden behind STRING. */
  readonly wireType: number;
  /** Most bytes of a CHAR, VARCHAR, BINARY or VARBINARY value; bytes of an ENUM, SET or BIT value. */
  readonly maxBytes: number;
  /** Bytes of the length before a BLOB, TEXT, JSON, GEOMETRY or VECTOR value. */
  readonly lengthBytes: number;
  /** Digits of a DECIMAL; bits of a BIT. */
  readonly precision: number;
  /** Digits after the point of a DECIMAL, after the second of a TIME, DATETIME or TIMESTAMP. */
  readonly scale: number;
  readonly isNullable: boolean;
  readonly isUnsigned: boolean;
  /** The collation of text, ENUM and SET, as `information_schema.COLLATIONS` numbers it; undefined when it is not told. */
  readonly collation: number | undefined;
  /** Members of ENUM and SET, in the column's character set; undefined without FULL metadata. */
  readonly members: readonly Buffer[] | undefined;
  /** Which kind of geometry, from 0 for any to 7 for a collection. */
  readonly geometryType: number;
  /** Undefined without FULL metadata. */
  readonly name: string | undefined;
}

/** What a TABLE_MAP event says of a table. */
export interface TableMap {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly MappedColumn[];
  /** Indexes of the columns of the primary key, in its order; undefined without FULL metadata or without such a key. */
  readonly primaryKey: readonly number[] | undefined;
}

/** The id that row events name the table by, and which tables it is. */
export interface TableMapName {
  readonly tableId: number;
  readonly database: string;
  readonly table: string;
}

/** Fields of the optional metadata. Source: `Table_map_event::Optional_metadata_field_type` of the server. */
const SIGNEDNESS = 1;
const DEFAULT_CHARSET = 2;
const COLUMN_CHARSET = 3;
const COLUMN_NAME = 4;
const SET_STR_VALUE = 5;
const ENUM_STR_VALUE = 6;
const GEOMETRY_TYPE = 7;
const SIMPLE_PRIMARY_KEY = 8;
const PRIMARY_KEY_WITH_PREFIX = 9;
const ENUM_AND_SET_DEFAULT_CHARSET = 10;
const ENUM_AND_SET_COLUMN_CHARSET = 11;

const TABLE_ID_BYTES = 6;
const FLAGS_BYTES = 2;
/** More columns than any server allows: a count beyond it is no count. */
const MAX_COLUMNS = 4096;

/** The table's id and name, which is enough to know whether the rest is wanted; the cursor stands behind them then. */
export function readTableMapName(cursor: ByteCursor): TableMapName {
  const tableId = cursor.uint(TABLE_ID_BYTES);
  cursor.take(FLAGS_BYTES);
  const database = readName(cursor);
  const table = readName(cursor);
  return { tableId, database, table };
}

/**
 * The rest of a TABLE_MAP event. Throws MYSQL_EVENT_UNREADABLE when it is not one, MYSQL_UNSUPPORTED_COLUMN for a type whose
 * values cannot be read.
 */
export function readTableMap(cursor: ByteCursor, { database, table }: TableMapName): TableMap {
  const count = cursor.packedNumber();
  if (count > MAX_COLUMNS) throw unreadable(`at most ${MAX_COLUMNS} columns, got ${count}`);
  const types = cursor.take(count);
  const metadata = new ByteCursor(cursor.packedBytes());
  const formats = Array.from(types, (type, index) => readFormat(type, metadata, { database, table, index }));
  if (!metadata.isAtEnd) throw unreadable('the metadata of the columns to end with the last one');
  const nullable = cursor.take((count + 7) >> 3);
  const told = new OptionalMetadata(formats, cursor);
  const columns = formats.map((format, index) => ({
    ...format,
    isNullable: ((nullable[index >> 3] as number) >> (index & 7)) % 2 === 1,
    isUnsigned: told.unsigned[index] ?? false,
    collation: told.collations[index],
    members: told.members[index],
    geometryType: told.geometryTypes[index] ?? 0,
    name: told.names?.[index],
  }));
  return { database, table, columns, primaryKey: told.primaryKey };
}

type ColumnFormat = Pick<MappedColumn, 'wireType' | 'maxBytes' | 'lengthBytes' | 'precision' | 'scale'>;

/** A name has its length before it and a zero byte behind it. */
function readName(cursor: ByteCursor): string {
  const name = cursor.packedBytes().toString('utf8');
  if (cursor.uint8() !== 0) throw unreadable('a zero byte behind a name');
  return name;
}

function readFormat(
  type: number,
  metadata: ByteCursor,
  at: { database: string; table: string; index: number },
): ColumnFormat {
  const format = { wireType: type, maxBytes: 0, lengthBytes: 0, precision: 0, scale: 0 };
  switch (type) {
    case WireType.TINY:
    case WireType.SHORT:
    case WireType.INT24:
    case WireType.LONG:
    case WireType.LONGLONG:
    case WireType.YEAR:
    case WireType.DATE:
      return format;
    case WireType.FLOAT:
    case WireType.DOUBLE:
      metadata.uint8();
      return format;
    case WireType.TIMESTAMP2:
    case WireType.DATETIME2:
    case WireType.TIME2:
      return { ...format, scale: atMost(6, metadata.uint8()) };
    case WireType.BLOB:
    case WireType.JSON:
    case WireType.GEOMETRY:
    case WireType.VECTOR:
      return { ...format, lengthBytes: atLeastOne(atMost(4, metadata.uint8())) };
    case WireType.VARCHAR:
      return { ...format, maxBytes: metadata.uint16() };
    case WireType.BIT: {
      const bits = metadata.uint8() + 8 * metadata.uint8();
      return { ...format, precision: atLeastOne(atMost(64, bits)), maxBytes: (bits + 7) >> 3 };
    }
    case WireType.NEWDECIMAL: {
      const precision = atLeastOne(atMost(65, metadata.uint8()));
      return { ...format, precision, scale: atMost(Math.min(30, precision), metadata.uint8()) };
    }
    case WireType.STRING:
      return readStringFormat(format, metadata);
    default:
      throw new MillraceError(
        'MYSQL_UNSUPPORTED_COLUMN',
        `Expected the type of column ${at.index + 1} to be one that can be read from the binlog, got type ${type}`,
        { context: { table: `${at.database}.${at.table}` } },
      );
  }
}

/** Behind STRING there may be ENUM or SET; the upper bits of a long length are hidden, inverted, in the type. */
function readStringFormat(format: ColumnFormat, metadata: ByteCursor): ColumnFormat {
  const type = metadata.uint8();
  const length = metadata.uint8();
  if ((type & 0x30) !== 0x30) return { ...format, maxBytes: length | (((type & 0x30) ^ 0x30) << 4) };
  if (type === WireType.ENUM) return { ...format, wireType: type, maxBytes: atLeastOne(atMost(2, length)) };
  if (type === WireType.SET) return { ...format, wireType: type, maxBytes: atLeastOne(atMost(8, length)) };
  if (type === WireType.STRING) return { ...format, maxBytes: length };
  throw unreadable(`STRING to be CHAR, ENUM or SET, got type ${type}`);
}

/** What the server may tell of columns beyond how to read them: most of it under FULL metadata only. */
class OptionalMetadata {
  readonly unsigned: boolean[] = [];
  readonly collations: number[] = [];
  readonly members: (readonly Buffer[])[] = [];
  readonly geometryTypes: number[] = [];
  names: readonly string[] | undefined;
  primaryKey: readonly number[] | undefined;
  readonly #formats: readonly ColumnFormat[];

  constructor(formats: readonly ColumnFormat[], cursor: ByteCursor) {
    this.#formats = formats;
    while (!cursor.isAtEnd) {
      const field = cursor.uint8();
      this.#read(field, new ByteCursor(cursor.packedBytes()));
    }
  }

  #read(field: number, value: ByteCursor): void {
    switch (field) {
      case SIGNEDNESS:
        return this.#readSignedness(value);
      case DEFAULT_CHARSET:
        return this.#readDefaultCharset(value, this.#indexesOf(isTextType));
      case COLUMN_CHARSET:
        return this.#readCharsets(value, this.#indexesOf(isTextType));
      case ENUM_AND_SET_DEFAULT_CHARSET:
        return this.#readDefaultCharset(value, this.#indexesOf(isChoiceType));
      case ENUM_AND_SET_COLUMN_CHARSET:
        return this.#readCharsets(value, this.#indexesOf(isChoiceType));
      case COLUMN_NAME:
        return this.#readNames(value);
      case SET_STR_VALUE:
        return this.#readMembers(value, WireType.SET);
      case ENUM_STR_VALUE:
        return this.#readMembers(value, WireType.ENUM);
      case GEOMETRY_TYPE:
        for (const index of this.#indexesOf((type) => type === WireType.GEOMETRY))
          this.geometryTypes[index] = value.packedNumber();
        return undefined;
      case SIMPLE_PRIMARY_KEY:
        return this.#readPrimaryKey(value, false);
      case PRIMARY_KEY_WITH_PREFIX:
        return this.#readPrimaryKey(value, true);
      default:
        // Visibility, and what newer servers tell: nothing that values are read by.
        return undefined;
    }
  }

  #indexesOf(belongs: (type: number) => boolean): number[] {
    return this.#formats.flatMap(({ wireType }, index) => (belongs(wireType) ? [index] : []));
  }

  #readSignedness(value: ByteCursor): void {
    for (const [place, index] of this.#indexesOf(isNumericType).entries()) {
      this.unsigned[index] = (value.bytes.readUInt8(place >> 3) << (place & 7)) % 256 >= 128;
    }
  }

  #readDefaultCharset(value: ByteCursor, indexes: readonly number[]): void {
    const collation = value.packedNumber();
    for (const index of indexes) this.collations[index] = collation;
    while (!value.isAtEnd) {
      const index = indexes[value.packedNumber()];
      if (index === undefined) throw unreadable('the character set of a column that there is');
      this.collations[index] = value.packedNumber();
    }
  }

  #readCharsets(value: ByteCursor, indexes: readonly number[]): void {
    for (const index of indexes) this.collations[index] = value.packedNumber();
    if (!value.isAtEnd) throw unreadable('as many character sets as text columns');
  }

  #readNames(value: ByteCursor): void {
    this.names = this.#formats.map(() => value.packedBytes().toString('utf8'));
    if (!value.isAtEnd) throw unreadable('as many names as columns');
  }

  #readMembers(value: ByteCursor, type: number): void {
    for (const index of this.#indexesOf((candidate) => candidate === type)) {
      const members: Buffer[] = [];
      for (let left = value.packedNumber(); left > 0; left--) members.push(value.packedBytes());
      this.members[index] = members;
    }
  }

  #readPrimaryKey(value: ByteCursor, hasPrefixes: boolean): void {
    const indexes: number[] = [];
    while (!value.isAtEnd) {
      const index = value.packedNumber();
      if (index >= this.#formats.length) throw unreadable('a primary key of columns that there are');
      indexes.push(index);
      if (hasPrefixes) value.packedNumber();
    }
    this.primaryKey = indexes;
  }
}

function isChoiceType(type: number): boolean {
  return type === WireType.ENUM || type === WireType.SET;
}

function atMost(limit: number, value: number): number {
  if (value <= limit) return value;
  throw unreadable(`a column's metadata to be at most ${limit}, got ${value}`);
}

function atLeastOne(value: number): number {
  if (value >= 1) return value;
  throw unreadable('the size of a column to be at least 1, got 0');
}

function unreadable(expected: string): MillraceError {
  return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected ${expected}`);
}
