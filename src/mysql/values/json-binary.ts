import { MillraceError } from '../../core/millrace-error.ts';
import { decimalFromBinary } from './decimal-binary.ts';
import { doubleToMysqlJson } from './double-text.ts';
import { JsonBinaryType } from './json-binary-type.ts';

const { SMALL_OBJECT, LARGE_OBJECT, SMALL_ARRAY, LARGE_ARRAY, LITERAL, STRING, OPAQUE } = JsonBinaryType;
const { INT16, UINT16, INT32, UINT32, INT64, UINT64, DOUBLE } = JsonBinaryType;

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
    return new JsonBinaryReader(bytes).value(bytes.readUInt8(0), 1);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a binary JSON document, got bytes that end too early', {
      cause: error,
    });
  }
}

/** Whether a container has keys, and the bytes of its counts and offsets. */
interface ContainerShape {
  readonly isObject: boolean;
  readonly width: 2 | 4;
}

const CONTAINERS: readonly ContainerShape[] = [
  { isObject: true, width: 2 },
  { isObject: true, width: 4 },
  { isObject: false, width: 2 },
  { isObject: false, width: 4 },
];

/** Reads values at offsets of one document, without making buffers of its parts. */
class JsonBinaryReader {
  readonly #bytes: Buffer;
  /** Bytes that were not printed yet: a document that points to the same ones again and again is none. */
  #left: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#left = bytes.length;
  }

  /** `at` is where the value's own data begin, behind its type byte. */
  value(type: number, at: number): string {
    const bytes = this.#bytes;
    this.#spend(1);
    switch (type) {
      case SMALL_OBJECT:
      case LARGE_OBJECT:
      case SMALL_ARRAY:
      case LARGE_ARRAY:
        return this.#container(at, CONTAINERS[type] as ContainerShape);
      case LITERAL:
        return literalText(bytes.readUInt8(at));
      case INT16:
        return String(bytes.readInt16LE(at));
      case UINT16:
        return String(bytes.readUInt16LE(at));
      case INT32:
        return String(bytes.readInt32LE(at));
      case UINT32:
        return String(bytes.readUInt32LE(at));
      case INT64:
        return String(bytes.readBigInt64LE(at));
      case UINT64:
        return String(bytes.readBigUInt64LE(at));
      case DOUBLE:
        return doubleToMysqlJson(bytes.readDoubleLE(at));
      case STRING:
        return JSON.stringify(this.#lengthPrefixed(at).toString('utf8'));
      case OPAQUE:
        return opaqueText(bytes.readUInt8(at), this.#lengthPrefixed(at + 1));
      default:
        throw new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected a type of binary JSON, got ${type}`);
    }
  }

  /**
   * An object or array: count and byte size, then (objects) one key entry per member, then one value entry per member.
   * Offsets count from `base`.
   */
  #container(base: number, shape: ContainerShape): string {
    const { isObject, width } = shape;
    const count = this.#number(base, width);
    if (base + this.#number(base + width, width) > this.#bytes.length) {
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a JSON container to fit its document');
    }
    const keyEntries = base + 2 * width;
    const valueEntries = isObject ? keyEntries + count * (width + 2) : keyEntries;
    let text = isObject ? '{' : '[';
    for (let index = 0; index < count; index++) {
      if (index > 0) text += ', ';
      if (isObject) {
        const entry = keyEntries + index * (width + 2);
        const start = base + this.#number(entry, width);
        text += JSON.stringify(this.#slice(start, this.#bytes.readUInt16LE(entry + width)).toString('utf8'));
        text += ': ';
      }
      const entry = valueEntries + index * (width + 1);
      const type = this.#bytes.readUInt8(entry);
      text += this.value(type, isInlined(type, width) ? entry + 1 : base + this.#number(entry + 1, width));
    }
    return text + (isObject ? '}' : ']');
  }

  #number(at: number, width: 2 | 4): number {
    return width === 2 ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt32LE(at);
  }

  /** Bytes behind a length of 7 bits a byte, low bits first. */
  #lengthPrefixed(offset: number): Buffer {
    const bytes = this.#bytes;
    let length = 0;
    let at = offset;
    for (let unit = 1; ; unit *= 128) {
      const byte = bytes.readUInt8(at++);
      length += (byte & 127) * unit;
      if (byte < 128) break;
    }
    return this.#slice(at, length);
  }

  #slice(at: number, length: number): Buffer {
    this.#spend(length);
    if (at + length > this.#bytes.length) {
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a JSON string to fit its document');
    }
    return this.#bytes.subarray(at, at + length);
  }

  #spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected each value of a JSON document to be in it once');
  }
}

/** Whether a value entry has the value itself, and not its offset. */
function isInlined(type: number, width: 2 | 4): boolean {
  return type === LITERAL || type === INT16 || type === UINT16 || (width === 4 && (type === INT32 || type === UINT32));
}

function literalText(code: number): string {
  const text = LITERALS[code];
  if (text === undefined) throw new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected a JSON literal, got ${code}`);
  return text;
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
