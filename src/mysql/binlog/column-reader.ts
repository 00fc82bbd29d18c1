import { MillraceError } from '../../core/millrace-error.ts';
import type { BinlogValue } from '../values/column-codec.ts';
import { decimalBytes, readDecimal } from '../values/decimal-binary.ts';
import { fractionBytes } from '../values/temporal.ts';
import type { ByteCursor } from './byte-cursor.ts';
import type { MappedColumn } from './table-map.ts';
import { WireType } from './wire-type.ts';

/** Takes the value of one column out of a row image and leaves the cursor behind it. */
export type ColumnReader = (cursor: ByteCursor) => BinlogValue;

/** The reader of a column, chosen once for a version of its table: see `RowsChanged` for what values are. */
export function createColumnReader(column: MappedColumn): ColumnReader {
  switch (column.wireType) {
    case WireType.TINY:
    case WireType.SHORT:
    case WireType.INT24:
    case WireType.LONG:
    case WireType.LONGLONG:
      return integerReader(column);
    case WireType.FLOAT:
      return readFloat;
    case WireType.DOUBLE:
      return readDouble;
    case WireType.NEWDECIMAL:
      return decimalReader(column);
    case WireType.YEAR:
      return fixedReader(1);
    case WireType.DATE:
      return fixedReader(3);
    case WireType.TIME2:
      return fixedReader(3 + fractionBytes(column.scale));
    case WireType.TIMESTAMP2:
      return fixedReader(4 + fractionBytes(column.scale));
    case WireType.DATETIME2:
      return fixedReader(5 + fractionBytes(column.scale));
    case WireType.BIT:
    case WireType.ENUM:
    case WireType.SET:
      return fixedReader(column.maxBytes);
    case WireType.STRING:
    case WireType.VARCHAR:
      return column.maxBytes > 255 ? readLongText : readShortText;
    default:
      return prefixedReader(column.lengthBytes);
  }
}

function integerReader({ wireType, isUnsigned }: MappedColumn): ColumnReader {
  switch (wireType) {
    case WireType.TINY:
      return isUnsigned ? (cursor) => cursor.uint8() : (cursor) => cursor.bytes.readInt8(cursor.at++);
    case WireType.SHORT:
      return isUnsigned ? (cursor) => cursor.uint16() : readInt16;
    case WireType.INT24:
      return isUnsigned ? (cursor) => cursor.uint(3) : readInt24;
    case WireType.LONG:
      return isUnsigned ? (cursor) => cursor.uint32() : readInt32;
    default:
      return isUnsigned ? readUint64 : readInt64;
  }
}

function readInt16(cursor: ByteCursor): number {
  const value = cursor.bytes.readInt16LE(cursor.at);
  cursor.at += 2;
  return value;
}

function readInt24(cursor: ByteCursor): number {
  const value = cursor.bytes.readIntLE(cursor.at, 3);
  cursor.at += 3;
  return value;
}

function readInt32(cursor: ByteCursor): number {
  const value = cursor.bytes.readInt32LE(cursor.at);
  cursor.at += 4;
  return value;
}

/** Upper halves of 64-bit numbers below which the whole is a safe integer. */
const SAFE_UPPER = 2 ** 21;

function readInt64(cursor: ByteCursor): number | string {
  const { bytes, at } = cursor;
  const upper = bytes.readInt32LE(at + 4);
  cursor.at = at + 8;
  const isSafe = upper < SAFE_UPPER && upper >= 1 - SAFE_UPPER;
  return isSafe ? upper * 2 ** 32 + bytes.readUInt32LE(at) : String(bytes.readBigInt64LE(at));
}

function readUint64(cursor: ByteCursor): number | string {
  const { bytes, at } = cursor;
  const upper = bytes.readUInt32LE(at + 4);
  cursor.at = at + 8;
  return upper < SAFE_UPPER ? upper * 2 ** 32 + bytes.readUInt32LE(at) : String(bytes.readBigUInt64LE(at));
}

function readFloat(cursor: ByteCursor): number {
  const value = cursor.bytes.readFloatLE(cursor.at);
  cursor.at += 4;
  return value;
}

function readDouble(cursor: ByteCursor): number {
  const value = cursor.bytes.readDoubleLE(cursor.at);
  cursor.at += 8;
  return value;
}

function decimalReader({ precision, scale }: MappedColumn): ColumnReader {
  const width = decimalBytes(precision, scale);
  return (cursor) => {
    const value = readDecimal(cursor.bytes, cursor.at, { precision, scale });
    cursor.at += width;
    return value;
  };
}

function fixedReader(width: number): ColumnReader {
  return (cursor) => takeBytes(cursor, cursor.at, width);
}

function readShortText(cursor: ByteCursor): Buffer {
  const length = cursor.bytes.readUInt8(cursor.at);
  return takeBytes(cursor, cursor.at + 1, length);
}

function readLongText(cursor: ByteCursor): Buffer {
  const length = cursor.bytes.readUInt16LE(cursor.at);
  return takeBytes(cursor, cursor.at + 2, length);
}

function prefixedReader(lengthBytes: number): ColumnReader {
  if (lengthBytes === 1) return readShortText;
  if (lengthBytes === 2) return readLongText;
  return (cursor) => takeBytes(cursor, cursor.at + lengthBytes, cursor.bytes.readUIntLE(cursor.at, lengthBytes));
}

function takeBytes(cursor: ByteCursor, start: number, length: number): Buffer {
  const end = start + length;
  if (end > cursor.bytes.length) {
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected a value of ${length} bytes to fit its event`);
  }
  cursor.at = end;
  return cursor.bytes.subarray(start, end);
}
