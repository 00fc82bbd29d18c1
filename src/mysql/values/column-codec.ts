import { MillraceError } from '../../core/millrace-error.ts';
import type { ColumnSchema, MysqlDataType } from '../schema/column-schema.ts';
import type { CharsetDecoder } from './charset-decoder.ts';
import { doubleToJson, floatToJson } from './double-text.ts';
import { jsonFromBinary } from './json-binary.ts';
import { dateFromBinlog, datetimeFromBinlog, timeFromBinlog, timestampFromBinlog } from './temporal.ts';

/** How BIGINT columns (and BIT columns wider than 53) come out. */
export type BigintPolicy = 'error' | 'string' | 'bigint';

/** A value of a row image of the binlog; see `RowImage` of the reader's port for what is what. */
export type BinlogValue = number | string | Buffer;

/**
 * Writes the values of one column as JSON text; the same text for the same value from either path.
 */
export interface ColumnCodec {
  /** From the text protocol: what the server's SELECT prints, in a session in UTC whose character set is utf8mb4. */
  fromText(bytes: Buffer): string;
  /** From a row image of the binlog. Throws MYSQL_EVENT_UNREADABLE, MYSQL_BIGINT_UNSAFE. */
  fromBinlog(value: BinlogValue): string;
}

/** What a codec may need beyond its column. */
export interface CodecOptions {
  readonly bigint: BigintPolicy;
  /** The decoder of a character set. */
  decoderOf(charset: string): CharsetDecoder;
}

type CodecFactory = (column: ColumnSchema, options: CodecOptions) => ColumnCodec;

const SRID_BYTES = 4;
const FLOAT_BYTES = 4;
const SAFE_DIGITS = 15;
const SAFE_BITS = 53;

/** The codec of a column: chosen once, so that no value is dispatched on its type. */
export function createColumnCodec(column: ColumnSchema, options: CodecOptions): ColumnCodec {
  return FACTORIES[column.type](column, options);
}

/** Whether values of the column follow the `bigint` option instead of being plain numbers. */
export function isWideInteger(column: Pick<ColumnSchema, 'type' | 'length'>): boolean {
  return column.type === 'bigint' || (column.type === 'bit' && column.length > SAFE_BITS);
}

const integer: CodecFactory = () => ({ fromText: digitsOf, fromBinlog: String });

/** The binlog counts years from 1900 in one byte, and 0 is the year 0000. */
const year: CodecFactory = () => ({
  fromText: digitsOf,
  fromBinlog: (value) => {
    const byte = (value as Buffer).readUInt8(0);
    return byte === 0 ? '0' : String(1900 + byte);
  },
});

const decimal: CodecFactory = () => ({
  fromText: (bytes) => `"${digitsOf(bytes)}"`,
  fromBinlog: (value) => `"${value as string}"`,
});

const double: CodecFactory = () => ({
  fromText: (bytes) => doubleToJson(Number(latin1(bytes))),
  fromBinlog: (value) => doubleToJson(value as number),
});

const float: CodecFactory = () => ({
  fromText: (bytes) => floatToJson(Math.fround(Number(latin1(bytes)))),
  fromBinlog: (value) => floatToJson(value as number),
});

const bigint: CodecFactory = (column, options) => {
  const write = wideIntegerWriter(column, options.bigint);
  return { fromText: (bytes) => write(digitsOf(bytes)), fromBinlog: (value) => write(String(value)) };
};

const bit: CodecFactory = (column, options) => {
  const write = wideIntegerWriter(column, isWideInteger(column) ? options.bigint : 'error');
  const read = (bytes: Buffer) =>
    write(bytes.length <= 6 ? String(bytes.readUIntBE(0, bytes.length)) : wideBits(bytes));
  return { fromText: read, fromBinlog: (value) => read(value as Buffer) };
};

const date: CodecFactory = () => ({
  fromText: quoted,
  fromBinlog: (value) => `"${dateFromBinlog(value as Buffer)}"`,
});

const time: CodecFactory = ({ scale }) => ({
  fromText: quoted,
  fromBinlog: (value) => `"${timeFromBinlog(value as Buffer, scale)}"`,
});

const datetime: CodecFactory = ({ scale }) => ({
  fromText: (bytes) => `"${isoOf(bytes)}"`,
  fromBinlog: (value) => `"${datetimeFromBinlog(value as Buffer, scale)}"`,
});

const timestamp: CodecFactory = ({ scale }) => ({
  fromText: (bytes) => `"${isoOf(bytes)}Z"`,
  fromBinlog: (value) => `"${timestampFromBinlog(value as Buffer, scale)}"`,
});

const text: CodecFactory = (column, options) => {
  const decode = options.decoderOf(column.charset ?? 'utf8mb4');
  return {
    fromText: (bytes) => JSON.stringify(bytes.toString('utf8')),
    fromBinlog: (value) => JSON.stringify(decode(value as Buffer)),
  };
};

const blob: CodecFactory = () => ({
  fromText: base64,
  fromBinlog: (value) => base64(value as Buffer),
});

/** The row image leaves the zero bytes at the end of a BINARY value away. */
const binary: CodecFactory = ({ length }) => ({
  fromText: base64,
  fromBinlog: (value) => {
    const bytes = value as Buffer;
    if (bytes.length >= length) return base64(bytes);
    const padded = Buffer.alloc(length);
    bytes.copy(padded);
    return base64(padded);
  },
});

const enumeration: CodecFactory = (column) => {
  const members = ['', ...column.members].map((member) => JSON.stringify(member));
  return {
    fromText: (bytes) => JSON.stringify(bytes.toString('utf8')),
    fromBinlog: (value) => {
      const bytes = value as Buffer;
      const member = members[bytes.readUIntLE(0, bytes.length)];
      if (member === undefined) throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a member of the ENUM');
      return member;
    },
  };
};

const set: CodecFactory = (column) => ({
  fromText: (bytes) => JSON.stringify(bytes.toString('utf8')),
  fromBinlog: (value) => {
    const bytes = value as Buffer;
    const chosen: string[] = [];
    for (const [index, member] of column.members.entries()) {
      if (((bytes[index >> 3] as number) >> (index & 7)) & 1) chosen.push(member);
    }
    return JSON.stringify(chosen.join(','));
  },
});

const json: CodecFactory = () => ({
  fromText: (bytes) => bytes.toString('utf8'),
  fromBinlog: (value) => jsonFromBinary(value as Buffer),
});

/** The server keeps a geometry as its SRID in four bytes and then WKB, and hands just that over on either path. */
const geometry: CodecFactory = () => {
  const read = (bytes: Buffer) => `{"srid":${bytes.readUInt32LE(0)},"wkb":"${bytes.toString('base64', SRID_BYTES)}"}`;
  return { fromText: read, fromBinlog: (value) => read(value as Buffer) };
};

const vector: CodecFactory = () => {
  const read = (bytes: Buffer) => {
    let text = '[';
    for (let at = 0; at < bytes.length; at += FLOAT_BYTES)
      text += (at === 0 ? '' : ',') + floatToJson(bytes.readFloatLE(at));
    return `${text}]`;
  };
  return { fromText: read, fromBinlog: (value) => read(value as Buffer) };
};

const FACTORIES: Readonly<Record<MysqlDataType, CodecFactory>> = {
  tinyint: integer,
  smallint: integer,
  mediumint: integer,
  int: integer,
  year,
  bigint,
  bit,
  decimal,
  float,
  double,
  date,
  time,
  datetime,
  timestamp,
  char: text,
  varchar: text,
  tinytext: text,
  text,
  mediumtext: text,
  longtext: text,
  binary,
  varbinary: blob,
  tinyblob: blob,
  blob,
  mediumblob: blob,
  longblob: blob,
  enum: enumeration,
  set,
  json,
  geometry,
  point: geometry,
  linestring: geometry,
  polygon: geometry,
  multipoint: geometry,
  multilinestring: geometry,
  multipolygon: geometry,
  geomcollection: geometry,
  vector,
};

/** Digits as the server prints them, without the zeros that ZEROFILL puts before them. */
function digitsOf(bytes: Buffer): string {
  const digits = latin1(bytes);
  return bytes[0] === ZERO && bytes.length > 1 ? digits.replace(/^0+(?=\d)/, '') : digits;
}

const ZERO = 0x30;

function wideIntegerWriter(column: ColumnSchema, policy: BigintPolicy): (digits: string) => string {
  if (policy === 'string') return (digits) => `"${digits}"`;
  if (policy === 'bigint') return (digits) => digits;
  return (digits) => {
    if (digits.length > SAFE_DIGITS && !Number.isSafeInteger(Number(digits))) throw unsafe(column);
    return digits;
  };
}

function unsafe(column: ColumnSchema): MillraceError {
  return new MillraceError(
    'MYSQL_BIGINT_UNSAFE',
    `Expected the values of column "${column.name}" to be safe integers (below 2^53), got a larger one: set \`bigint\` to "string" or "bigint"`,
    { context: { column: column.name } },
  );
}

function wideBits(bytes: Buffer): string {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return String(value);
}

/** `2024-02-29 12:34:56` with the `T` of ISO 8601. */
function isoOf(bytes: Buffer): string {
  const printed = latin1(bytes);
  return `${printed.slice(0, 10)}T${printed.slice(11)}`;
}

function quoted(bytes: Buffer): string {
  return `"${latin1(bytes)}"`;
}

function base64(bytes: Buffer): string {
  return `"${bytes.toString('base64')}"`;
}

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1');
}
