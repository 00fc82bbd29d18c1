import { MillraceError } from '../../core/millrace-error.ts';
import { decimalFromBinary } from './decimal-binary.ts';
import { doubleToMysqlJson } from './double-text.ts';

/** Value types of MySQL's binary JSON (`sql-common/json_binary.h`). */
const SMALL_OBJECT = 0;
const LARGE_OBJECT = 1;
const SMALL_ARRAY = 2;
const LARGE_ARRAY = 3;
const LITERAL = 4;
const INT16 = 5;
const UINT16 = 6;
const INT32 = 7;
const UINT32 = 8;
const INT64 = 9;
const UINT64 = 10;
const DOUBLE = 11;
const STRING = 12;
const OPAQUE = 15;

const LITERALS: readonly string[] = ['null', 'true', 'false'];

/** Field types that an opaque value may hold and that MySQL prints as something else than base64. */
const TYPE_TIMESTAMP = 7;
const TYPE_DATE = 10;
const TYPE_TIME = 11;
const TYPE_DATETIME = 12;
const TYPE_DECIMAL = 246;

/** MySQL breaks its base64 into lines of so many characters. */
const BASE64_LINE = 76;

/**
 * The text of a JSON column from the binary form that the binlog carries; the very text that the server's SELECT gives, with
 * its member order, its numbers (64-bit and decimal ones exact) and its spaces. No bytes are the document `null`.
 * Throws MYSQL_EVENT_UNREADABLE when the bytes are not a document.
 */
export function jsonFromBinary(bytes: Buffer): string {
  if (bytes.length === 0) return 'null';
  try {
    return valueText(bytes.readUInt8(0), bytes.subarray(1));
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a binary JSON document, got bytes that end too early', {
      cause: error,
    });
  }
}

/** `body` begins where the value's own data begin, behind its type byte. */
function valueText(type: number, body: Buffer): string {
  switch (type) {
    case SMALL_OBJECT:
      return containerText(body, true, 2);
    case LARGE_OBJECT:
      return containerText(body, true, 4);
    case SMALL_ARRAY:
      return containerText(body, false, 2);
    case LARGE_ARRAY:
      return containerText(body, false, 4);
    case LITERAL:
      return literalText(body.readUInt8(0));
    case INT16:
      return String(body.readInt16LE(0));
    case UINT16:
      return String(body.readUInt16LE(0));
    case INT32:
      return String(body.readInt32LE(0));
    case UINT32:
      return String(body.readUInt32LE(0));
    case INT64:
      return String(body.readBigInt64LE(0));
    case UINT64:
      return String(body.readBigUInt64LE(0));
    case DOUBLE:
      return doubleToMysqlJson(body.readDoubleLE(0));
    case STRING:
      return JSON.stringify(lengthPrefixed(body, 0).toString('utf8'));
    case OPAQUE:
      return opaqueText(body.readUInt8(0), lengthPrefixed(body, 1));
    default:
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected a type of binary JSON, got ${type}`);
  }
}

/**
 * An object or array: count and byte size, then (objects) one key entry per member, then one value entry per member. Offsets
 * count from the start of the body; `width` is 2 in small containers and 4 in large ones.
 */
function containerText(body: Buffer, isObject: boolean, width: 2 | 4): string {
  const count = body.readUIntLE(0, width);
  const size = body.readUIntLE(width, width);
  if (size > body.length)
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a JSON container to fit its document');
  const keyEntries = 2 * width;
  const valueEntries = isObject ? keyEntries + count * (width + 2) : keyEntries;
  let text = isObject ? '{' : '[';
  for (let index = 0; index < count; index++) {
    if (index > 0) text += ', ';
    if (isObject) {
      const entry = keyEntries + index * (width + 2);
      const start = body.readUIntLE(entry, width);
      const end = start + body.readUInt16LE(entry + width);
      text += `${JSON.stringify(body.toString('utf8', start, end))}: `;
    }
    text += entryText(body, valueEntries + index * (width + 1), width);
  }
  return text + (isObject ? '}' : ']');
}

/** A value entry: type, then the value itself where it fits, else its offset. */
function entryText(body: Buffer, entry: number, width: 2 | 4): string {
  const type = body.readUInt8(entry);
  const isInlined =
    type === LITERAL || type === INT16 || type === UINT16 || (width === 4 && (type === INT32 || type === UINT32));
  return valueText(type, body.subarray(isInlined ? entry + 1 : body.readUIntLE(entry + 1, width)));
}

function literalText(code: number): string {
  const text = LITERALS[code];
  if (text === undefined) throw new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected a JSON literal, got ${code}`);
  return text;
}

/** Bytes behind a length of 7 bits a byte, low bits first. */
function lengthPrefixed(body: Buffer, offset: number): Buffer {
  let length = 0;
  let at = offset;
  for (let shift = 1; ; shift *= 128) {
    const byte = body.readUInt8(at++);
    length += (byte & 127) * shift;
    if (byte < 128) break;
  }
  if (at + length > body.length)
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a JSON string to fit its document');
  return body.subarray(at, at + length);
}

function opaqueText(fieldType: number, data: Buffer): string {
  switch (fieldType) {
    case TYPE_DECIMAL:
      return decimalFromBinary(data.subarray(2), data.readUInt8(0), data.readUInt8(1));
    case TYPE_DATE:
      return `"${packedDate(data.readBigInt64LE(0))}"`;
    case TYPE_TIME:
      return `"${packedTime(data.readBigInt64LE(0))}"`;
    case TYPE_DATETIME:
    case TYPE_TIMESTAMP:
      return `"${packedDatetime(data.readBigInt64LE(0))}"`;
    default:
      return JSON.stringify(`base64:type${fieldType}:${base64Lines(data)}`);
  }
}

/** A packed temporal value: 24 bits of microseconds, 17 bits of time of day, 5 of day, then 13 × year + month. */
function packedDate(packed: bigint): string {
  const days = Number(packed >> 41n);
  const month = days >>> 5;
  return `${pad(Math.floor(month / 13), 4)}-${pad(month % 13, 2)}-${pad(days & 31, 2)}`;
}

function packedTime(packed: bigint): string {
  const magnitude = packed < 0n ? -packed : packed;
  const whole = Number(magnitude >> 24n);
  const hour = (whole >>> 12) & 0x3ff;
  const clock = `${pad(hour, 2)}:${pad((whole >>> 6) & 63, 2)}:${pad(whole & 63, 2)}`;
  return `${packed < 0n ? '-' : ''}${clock}.${pad(Number(magnitude & 0xff_ff_ffn), 6)}`;
}

function packedDatetime(packed: bigint): string {
  const clock = Number((packed >> 24n) & 0x1_ff_ffn);
  const time = `${pad(clock >>> 12, 2)}:${pad((clock >>> 6) & 63, 2)}:${pad(clock & 63, 2)}`;
  return `${packedDate(packed)} ${time}.${pad(Number(packed & 0xff_ff_ffn), 6)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function base64Lines(data: Buffer): string {
  const text = data.toString('base64');
  let lines = '';
  for (let at = 0; at < text.length; at += BASE64_LINE)
    lines += (at > 0 ? '\n' : '') + text.slice(at, at + BASE64_LINE);
  return lines;
}
