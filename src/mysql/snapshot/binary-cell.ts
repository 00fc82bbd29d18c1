import type { ColumnSchema } from '../schema/column-schema.ts';
import { createColumnCodec, isWideInteger, type BigintPolicy } from '../values/column-codec.ts';
import { doubleToJson, floatToJson } from '../values/double-text.ts';
import type { ByteWriter } from './byte-writer.ts';

/**
 * Writes the value at `at` of a row of the binary protocol as JSON, the same text as `ColumnCodec` gives, and returns where the
 * next value begins. Source: "Binary Protocol Resultset Row" of the MySQL client/server protocol.
 */
export type CellWriter = (to: ByteWriter, row: Buffer, at: number) => number;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DOT = 0x2e;
const COLON = 0x3a;
const DASH = 0x2d;
const ZERO = 0x30;
const T = 0x54;
const Z = 0x5a;
const MAX_SCALE = 6;
const WORD = 2 ** 32;

/** The writer of a column: chosen once, so that no value is dispatched on its type. */
export function createCellWriter(column: ColumnSchema, bigint: BigintPolicy): CellWriter {
  const { type, scale, unsigned } = column;
  switch (type) {
    case 'tinyint':
      return unsigned
        ? (to, row, at) => (to.integer(row.readUInt8(at)), at + 1)
        : (to, row, at) => (to.integer(row.readInt8(at)), at + 1);
    case 'smallint':
      return unsigned
        ? (to, row, at) => (to.integer(row.readUInt16LE(at)), at + 2)
        : (to, row, at) => (to.integer(row.readInt16LE(at)), at + 2);
    case 'year':
      return (to, row, at) => (to.integer(row.readUInt16LE(at)), at + 2);
    case 'mediumint':
    case 'int':
      return unsigned
        ? (to, row, at) => (to.integer(row.readUInt32LE(at)), at + 4)
        : (to, row, at) => (to.integer(row.readInt32LE(at)), at + 4);
    case 'bigint':
      return bigintWriter(column, bigint);
    case 'float':
      return (to, row, at) => (to.latin1(floatToJson(row.readFloatLE(at))), at + 4);
    case 'double':
      return (to, row, at) => (to.latin1(doubleToJson(row.readDoubleLE(at))), at + 8);
    case 'date':
      return writeDate;
    case 'time':
      return (to, row, at) => writeTime(to, row, { at, scale });
    case 'datetime':
      return (to, row, at) => writeDatetime(to, row, { at, scale, isUtc: false });
    case 'timestamp':
      return (to, row, at) => writeDatetime(to, row, { at, scale, isUtc: true });
    case 'decimal':
      return writeDecimal;
    case 'json':
      return writeVerbatim;
    default:
      return isText(column) ? writeText : convertedWriter(column, bigint);
  }
}

/** Where the bytes of a value begin that has its length before it. */
export function contentStart(row: Buffer, at: number): number {
  const first = row[at] as number;
  if (first < 0xfb) return at + 1;
  return at + (first === 0xfc ? 3 : first === 0xfd ? 4 : 9);
}

/** The length that stands before a value. */
export function contentLength(row: Buffer, at: number): number {
  const first = row[at] as number;
  if (first < 0xfb) return first;
  if (first === 0xfc) return row.readUInt16LE(at + 1);
  return first === 0xfd ? row.readUIntLE(at + 1, 3) : Number(row.readBigUInt64LE(at + 1));
}

function isText({ type }: ColumnSchema): boolean {
  return /char|text/.test(type) || type === 'enum' || type === 'set';
}

function bigintWriter(column: ColumnSchema, policy: BigintPolicy): CellWriter {
  const codec = createColumnCodec(column, { bigint: policy, decoderOf: unneeded });
  const isPlain = policy !== 'string';
  return (to, row, at) => {
    const low = row.readUInt32LE(at);
    const high = row.readInt32LE(at + 4);
    if (isPlain && high === 0) to.integer(low);
    else if (isPlain && high === -1 && low >= 0x80_00_00_00 && !column.unsigned) to.integer(low - WORD);
    else {
      const value = column.unsigned ? row.readBigUInt64LE(at) : row.readBigInt64LE(at);
      to.latin1(codec.fromText(Buffer.from(String(value))));
    }
    return at + 8;
  };
}

/** The rarer types are written by what reads the text protocol: their bytes are the same. */
function convertedWriter(column: ColumnSchema, bigint: BigintPolicy): CellWriter {
  const codec = createColumnCodec(column, { bigint: isWideInteger(column) ? bigint : 'error', decoderOf: unneeded });
  return (to, row, at) => {
    const start = contentStart(row, at);
    const end = start + contentLength(row, at);
    to.utf8(codec.fromText(row.subarray(start, end)));
    return end;
  };
}

function unneeded(): (bytes: Buffer) => string {
  return (bytes) => bytes.toString('utf8');
}

function writeVerbatim(to: ByteWriter, row: Buffer, at: number): number {
  const start = contentStart(row, at);
  const end = start + contentLength(row, at);
  to.copy(row, start, end);
  return end;
}

/** Digits, without the zeros that ZEROFILL puts before them. */
function writeDecimal(to: ByteWriter, row: Buffer, at: number): number {
  let start = contentStart(row, at);
  const end = start + contentLength(row, at);
  while (row[start] === ZERO && start + 1 < end && row[start + 1] !== DOT) start++;
  to.byte(QUOTE);
  to.copy(row, start, end);
  to.byte(QUOTE);
  return end;
}

/** Most text has nothing that JSON escapes, and is copied. */
function writeText(to: ByteWriter, row: Buffer, at: number): number {
  const start = contentStart(row, at);
  const end = start + contentLength(row, at);
  for (let index = start; index < end; index++) {
    const byte = row[index] as number;
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) {
      to.utf8(JSON.stringify(row.toString('utf8', start, end)));
      return end;
    }
  }
  to.byte(QUOTE);
  to.copy(row, start, end);
  to.byte(QUOTE);
  return end;
}

function writeDate(to: ByteWriter, row: Buffer, at: number): number {
  const length = row[at] as number;
  to.reserve(12);
  to.buffer[to.at++] = QUOTE;
  putDate(to, row, length === 0 ? -1 : at + 1);
  to.buffer[to.at++] = QUOTE;
  return at + 1 + length;
}

function writeDatetime(
  to: ByteWriter,
  row: Buffer,
  { at, scale, isUtc }: { at: number; scale: number; isUtc: boolean },
): number {
  const length = row[at] as number;
  to.reserve(30);
  to.buffer[to.at++] = QUOTE;
  putDate(to, row, length === 0 ? -1 : at + 1);
  to.buffer[to.at++] = T;
  const hasClock = length >= 7;
  putClock(to, {
    hour: hasClock ? (row[at + 5] as number) : 0,
    minute: hasClock ? (row[at + 6] as number) : 0,
    second: hasClock ? (row[at + 7] as number) : 0,
  });
  putFraction(to, length >= 11 ? row.readUInt32LE(at + 8) : 0, scale);
  if (isUtc) to.buffer[to.at++] = Z;
  to.buffer[to.at++] = QUOTE;
  return at + 1 + length;
}

function writeTime(to: ByteWriter, row: Buffer, { at, scale }: { at: number; scale: number }): number {
  const length = row[at] as number;
  const hasClock = length >= 8;
  to.reserve(20);
  to.buffer[to.at++] = QUOTE;
  if (hasClock && row[at + 1] === 1) to.buffer[to.at++] = DASH;
  putClock(to, {
    hour: hasClock ? row.readUInt32LE(at + 2) * 24 + (row[at + 6] as number) : 0,
    minute: hasClock ? (row[at + 7] as number) : 0,
    second: hasClock ? (row[at + 8] as number) : 0,
  });
  putFraction(to, length >= 12 ? row.readUInt32LE(at + 9) : 0, scale);
  to.buffer[to.at++] = QUOTE;
  return at + 1 + length;
}

/** `at` is -1 for the zero date. */
function putDate(to: ByteWriter, row: Buffer, at: number): void {
  to.digits(at === -1 ? 0 : row.readUInt16LE(at), 4);
  to.buffer[to.at++] = DASH;
  to.digits(at === -1 ? 0 : (row[at + 2] as number), 2);
  to.buffer[to.at++] = DASH;
  to.digits(at === -1 ? 0 : (row[at + 3] as number), 2);
}

function putClock(to: ByteWriter, { hour, minute, second }: { hour: number; minute: number; second: number }): void {
  to.digits(hour, hour < 100 ? 2 : 3);
  to.buffer[to.at++] = COLON;
  to.digits(minute, 2);
  to.buffer[to.at++] = COLON;
  to.digits(second, 2);
}

function putFraction(to: ByteWriter, micros: number, scale: number): void {
  if (scale === 0) return;
  to.buffer[to.at++] = DOT;
  to.digits(Math.floor(micros / 10 ** (MAX_SCALE - scale)), scale);
}
