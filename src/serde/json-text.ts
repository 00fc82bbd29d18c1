import { isUtf8 } from 'node:buffer';
import { MillraceError } from '../core/millrace-error.ts';
import {
  type BigintReading,
  findUnsafeInteger,
  mayHoldUnsafeInteger,
  parseExactly,
  stringifyExactly,
} from './json-integers.ts';
import { EXACT, findUnwritable, IMPOSSIBLE, jsonWritability } from './json-writability.ts';

/** The JSON text of a value, as `json()` says. Throws SERIALIZATION_FAILED. */
export function writeJson(value: unknown, bigint: BigintReading): string {
  const writability = writabilityOf(value);
  if (writability === IMPOSSIBLE || value === null) throw unwritable(value);
  if (writability !== EXACT) return JSON.stringify(value);
  const text = stringifyExactly(value);
  if (bigint === 'error' && findUnsafeInteger(text) !== -1) throw unsafeBigint();
  return text;
}

/** The value of JSON text, as `json()` says. Throws DESERIALIZATION_FAILED and INTEGER_UNSAFE. */
export function readJson(bytes: Buffer, bigint: BigintReading): unknown {
  // Keys are mostly numbers: one costs a tenth of what the parser asks for.
  const integer = parseNatural(bytes);
  if (integer >= 0) return integer;
  const text = bytes.toString('utf8');
  // Invalid UTF-8 is decoded to U+FFFD: only a text that has one needs the check of its bytes.
  if (text.includes('\ufffd') && !isUtf8(bytes)) {
    throw new MillraceError('DESERIALIZATION_FAILED', `Expected JSON, got ${bytes.length} bytes that are not UTF-8`);
  }
  const value = mayHoldUnsafeInteger(bytes) ? parseIntegers(text, bigint) : parse(text);
  if (value === null) {
    throw new MillraceError(
      'DESERIALIZATION_FAILED',
      'Expected JSON other than null, got null: a null value has no bytes',
    );
  }
  return value;
}

function parseIntegers(text: string, bigint: BigintReading): unknown {
  if (bigint !== 'error') return parse(text, bigint);
  const value = parse(text);
  const offset = findUnsafeInteger(text);
  if (offset === -1) return value;
  throw new MillraceError(
    'INTEGER_UNSAFE',
    `Expected integers within ±(2^53 - 1), got one outside at offset ${offset} of the JSON text`,
  );
}

const ZERO = 0x30;

/** The longest run of digits that is safe whatever they are. */
const SAFE_DIGITS = 15;

/** The value of a text that is nothing but the digits of a safe natural number; -1 for any other. */
function parseNatural(bytes: Buffer): number {
  const { length } = bytes;
  if (length === 0 || length > SAFE_DIGITS || (bytes[0] === ZERO && length > 1)) return -1;
  let value = 0;
  for (let index = 0; index < length; index++) {
    const digit = (bytes[index] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function parse(text: string, reading?: 'string' | 'bigint'): unknown {
  try {
    return reading === undefined ? JSON.parse(text) : parseExactly(text, reading);
  } catch (error) {
    throw notJson(text, error);
  }
}

/** The engine's error is not kept as the cause, for its message quotes the text. */
function notJson(text: string, error: unknown): MillraceError {
  const position = /at position (\d+)(?: \(line \d+ column \d+\))?$/.exec((error as Error).message)?.[1];
  const where = position === undefined ? '' : `, wrong at offset ${position}`;
  return new MillraceError(
    'DESERIALIZATION_FAILED',
    `Expected JSON, got ${text.length} characters that are not${where}`,
  );
}

/** A value that goes too deep or round in a circle overflows the stack, which JSON could not hold either. */
function writabilityOf(value: unknown): ReturnType<typeof jsonWritability> {
  try {
    return jsonWritability(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MillraceError(
      'SERIALIZATION_FAILED',
      'Expected a value that JSON can hold, got one that is nested without end or too deep',
    );
  }
}

function unwritable(value: unknown): MillraceError {
  const found = value === null ? 'null: a null value has no bytes' : findUnwritable(value);
  return new MillraceError('SERIALIZATION_FAILED', `Expected a value that JSON can hold, got ${found}`);
}

function unsafeBigint(): MillraceError {
  return new MillraceError(
    'SERIALIZATION_FAILED',
    "Expected integers within ±(2^53 - 1), got a bigint outside: json() could not read it back, json({ bigint: 'bigint' }) can",
  );
}
