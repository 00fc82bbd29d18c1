import type { AvroSchema } from '../../../serde/avro/avro-schema.ts';
import type { ColumnSchema, MysqlDataType } from '../../schema/column-schema.ts';
import { createColumnCodec, isWideInteger, type CodecOptions, type ColumnCodec } from '../../values/column-codec.ts';
import { decimalBytes } from '../../values/decimal-bytes.ts';
import type { AvroBytes } from './avro-bytes.ts';
import type { AvroCell } from './avro-cell.ts';
import { temporalCell } from './temporal-cell.ts';

/** What the factory of a type is given. */
interface CellOf {
  readonly column: ColumnSchema;
  readonly options: CodecOptions;
  /** The JSON text of a value: what the rarer types are written from, so that one reader of bytes has to be right. */
  readonly codec: ColumnCodec;
}

/** Most digits of a DECIMAL, and of a BIGINT UNSIGNED. */
const MOST_DIGITS = 65;
const UNSIGNED_DIGITS = 20;
const SHORT_DIGITS = 14;

/** The writer of a column: chosen once, so that no value is dispatched on its type. */
export function createAvroCell(column: ColumnSchema, options: CodecOptions): AvroCell {
  const of = { column, options, codec: createColumnCodec(column, options) };
  return temporalCell(column) ?? (isWideInteger(column) ? wideInteger(of) : (CELLS[column.type] ?? text)(of));
}

const text = ({ column, options }: CellOf): AvroCell => {
  const charset = column.charset ?? 'utf8mb4';
  const decode = options.decoderOf(charset);
  const isUtf8 = charset === 'utf8mb4' || charset === 'utf8mb3' || charset === 'utf8';
  return {
    type: 'string',
    fromText: writeBytes,
    fromBinlog: isUtf8 ? (to, value) => to.bytes(value as Buffer) : (to, value) => to.string(decode(value as Buffer)),
  };
};

const integer = (): AvroCell => ({
  type: 'long',
  fromText: (to, bytes) => to.long(Number(bytes.toString('latin1'))),
  fromBinlog: (to, value) => to.long(value as number),
});

/** FLOAT too, as the shortest number that is the same 32 bits: what it is in JSON. */
const floating = ({ codec }: CellOf): AvroCell => ({
  type: 'double',
  fromText: (to, bytes) => to.double(Number(codec.fromText(bytes))),
  fromBinlog: (to, value) => to.double(Number(codec.fromBinlog(value))),
});

const double = (): AvroCell => ({
  type: 'double',
  fromText: (to, bytes) => to.double(Number(bytes.toString('latin1'))),
  fromBinlog: (to, value) => to.double(value as number),
});

const decimal = ({ column }: CellOf): AvroCell => ({
  type: {
    type: 'bytes',
    logicalType: 'decimal',
    precision: column.length === 0 ? MOST_DIGITS : column.length,
    scale: column.scale,
  },
  fromText: (to, bytes) => writeDecimal(to, bytes.toString('latin1')),
  fromBinlog: (to, value) => writeDecimal(to, value as string),
});

/** Members of ENUM and SET, and years. */
const fromJson =
  (type: AvroSchema, write: (to: AvroBytes, value: any) => void) =>
  ({ codec }: CellOf): AvroCell => ({
    type,
    fromText: (to, bytes) => write(to, JSON.parse(codec.fromText(bytes))),
    fromBinlog: (to, value) => write(to, JSON.parse(codec.fromBinlog(value))),
  });

const members = ({ codec }: CellOf): AvroCell => ({
  type: 'string',
  fromText: writeBytes,
  fromBinlog: (to, value) => to.string(JSON.parse(codec.fromBinlog(value)) as string),
});

const document = ({ codec }: CellOf): AvroCell => ({
  type: { type: 'string', logicalType: 'json' },
  fromText: writeBytes,
  fromBinlog: (to, value) => to.string(codec.fromBinlog(value)),
});

const BYTES = { type: 'bytes', logicalType: 'base64' } as const;

const blob = (): AvroCell => ({
  type: BYTES,
  fromText: writeBytes,
  fromBinlog: (to, value) => to.bytes(value as Buffer),
});

/** The row image leaves the zero bytes at the end of a BINARY value away. */
const binary = ({ column: { length } }: CellOf): AvroCell => ({
  type: BYTES,
  fromText: writeBytes,
  fromBinlog: (to, value) => {
    const bytes = value as Buffer;
    to.bytes(bytes.length >= length ? bytes : Buffer.concat([bytes], length));
  },
});

const shape = ({ column }: CellOf): AvroCell => {
  const write = (to: AvroBytes, bytes: Buffer): void => {
    to.long(bytes.readUInt32LE(0));
    to.bytes(bytes.subarray(SRID_BYTES));
  };
  return {
    type: {
      type: 'record',
      // Each column has a type of its own, so that none depends on another one that may be dropped.
      name: `shape_${Buffer.from(column.name).toString('hex')}`,
      fields: [
        { name: 'srid', type: 'long' },
        { name: 'wkb', type: BYTES },
      ],
    },
    fromText: write,
    fromBinlog: (to, value) => write(to, value as Buffer),
  };
};

const vector = fromJson({ type: 'array', items: 'double' }, (to: AvroBytes, items: readonly number[]) => {
  if (items.length > 0) to.long(items.length);
  for (const item of items) to.double(item);
  to.long(0);
});

const SRID_BYTES = 4;

/** By data type; what is not here is text, or temporal, or a wide integer. */
const CELLS: { readonly [type in MysqlDataType]?: (of: CellOf) => AvroCell } = {
  tinyint: integer,
  smallint: integer,
  mediumint: integer,
  int: integer,
  year: fromJson('long', (to, value: number) => to.long(value)),
  bit: fromJson('long', (to, value: number) => to.long(value)),
  decimal,
  float: floating,
  double,
  binary,
  varbinary: blob,
  tinyblob: blob,
  blob,
  mediumblob: blob,
  longblob: blob,
  enum: members,
  set: members,
  json: document,
  geometry: shape,
  point: shape,
  linestring: shape,
  polygon: shape,
  multipoint: shape,
  multilinestring: shape,
  multipolygon: shape,
  geomcollection: shape,
  vector,
};

/** BIGINT, and BIT of more than 53: as the `bigint` option has them, exactly. */
function wideInteger({ column, options, codec }: CellOf): AvroCell {
  if (options.bigint === 'string') {
    const write = (to: AvroBytes, quoted: string): void => to.string(quoted.slice(1, -1));
    return {
      type: 'string',
      fromText: (to, bytes) => write(to, codec.fromText(bytes)),
      fromBinlog: (to, value) => write(to, codec.fromBinlog(value)),
    };
  }
  const isSigned = column.type === 'bigint' && !column.unsigned;
  if (options.bigint === 'bigint' && !isSigned) {
    return {
      type: { type: 'bytes', logicalType: 'decimal', precision: UNSIGNED_DIGITS, scale: 0, integer: true },
      fromText: (to, bytes) => writeDecimal(to, codec.fromText(bytes)),
      fromBinlog: (to, value) => writeDecimal(to, codec.fromBinlog(value)),
    };
  }
  const write = (to: AvroBytes, digits: string): void => {
    if (digits.length <= SHORT_DIGITS) to.long(Number(digits));
    else to.wideLong(BigInt(digits));
  };
  return {
    type: 'long',
    fromText: (to, bytes) => write(to, codec.fromText(bytes)),
    fromBinlog: (to, value) => {
      if (typeof value === 'number') to.long(value);
      else write(to, codec.fromBinlog(value));
    },
  };
}

function writeBytes(to: AvroBytes, bytes: Buffer): void {
  to.bytes(bytes);
}

function writeDecimal(to: AvroBytes, digits: string): void {
  if (digits.length > SHORT_DIGITS) {
    to.bytes(decimalBytes(digits));
    return;
  }
  const point = digits.indexOf('.');
  to.integerBytes(Number(point < 0 ? digits : digits.slice(0, point) + digits.slice(point + 1)));
}
