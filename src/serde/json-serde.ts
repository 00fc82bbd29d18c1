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
import type { Serde } from './serde.ts';

/** How `json()` reads what a JavaScript number cannot hold. */
export interface JsonSerdeOptions {
  /**
   * What an integer literal outside ±(2^53 − 1) is read as: `error` (the default) throws INTEGER_UNSAFE, `string` gives its
   * exact digits, `bigint` a bigint. Integers within are numbers always.
   */
  readonly bigint?: BigintReading;
}

/**
 * JSON in UTF-8: what is written comes back as it was, or an error is thrown.
 *
 * Writes null, booleans, finite numbers, bigints (as their digits), strings, arrays and plain objects of these. A property
 * that is undefined is absent. Anything else (NaN, Date, Map, a class, a function, a hole in an array) is
 * SERIALIZATION_FAILED, for JSON would change it silently. A bigint that is safe comes back as a number; one that is unsafe
 * comes back as `bigint` says, and under `error` is SERIALIZATION_FAILED. A number beyond 2^53 is a double and is written
 * with an exponent (`1e+17`), so that it comes back as a number; −0 stays −0.
 *
 * Reads any JSON text except a bare `null` (a null value has no bytes). A literal with fraction or exponent is a double, as
 * JSON's numbers are: digits beyond its precision round, `1e400` is Infinity. Of two properties with one name the last
 * counts. `__proto__` is a property like others. Throws DESERIALIZATION_FAILED, and INTEGER_UNSAFE as said above.
 *
 * The same options give the same serde.
 *
 * @example
 * const orders = json<Order>();
 * const ledger = json<Entry>({ bigint: 'bigint' });
 */
export function json<T>(options: JsonSerdeOptions = {}): Serde<T> {
  return JSON_SERDES[options.bigint ?? 'error'] as Serde<T>;
}

class JsonSerde implements Serde<unknown> {
  readonly name: string;
  readonly #bigint: BigintReading;

  constructor(bigint: BigintReading) {
    this.name = bigint === 'error' ? 'json' : `json(bigint: ${bigint})`;
    this.#bigint = bigint;
  }

  serialize(value: unknown): Buffer {
    const writability = writabilityOf(value);
    if (writability === IMPOSSIBLE || value === null) throw unwritable(value);
    if (writability !== EXACT) return Buffer.from(JSON.stringify(value));
    const text = stringifyExactly(value);
    if (this.#bigint === 'error' && findUnsafeInteger(text) !== -1) throw unsafeBigint();
    return Buffer.from(text);
  }

  deserialize(bytes: Buffer): unknown {
    // Keys are mostly numbers: one costs a tenth of what the parser asks for.
    const integer = parseNatural(bytes);
    if (integer >= 0) return integer;
    const text = bytes.toString('utf8');
    // Invalid UTF-8 is decoded to U+FFFD: only a text that has one needs the check of its bytes.
    if (text.includes('\ufffd') && !isUtf8(bytes)) {
      throw new MillraceError('DESERIALIZATION_FAILED', `Expected JSON, got ${bytes.length} bytes that are not UTF-8`);
    }
    const value = mayHoldUnsafeInteger(bytes) ? this.#parseIntegers(text) : parse(text);
    if (value === null) {
      throw new MillraceError(
        'DESERIALIZATION_FAILED',
        'Expected JSON other than null, got null: a null value has no bytes',
      );
    }
    return value;
  }

  #parseIntegers(text: string): unknown {
    if (this.#bigint !== 'error') return parse(text, this.#bigint);
    const value = parse(text);
    const offset = findUnsafeInteger(text);
    if (offset === -1) return value;
    throw new MillraceError(
      'INTEGER_UNSAFE',
      `Expected integers within ±(2^53 - 1), got one outside at offset ${offset} of the JSON text`,
    );
  }
}

const ZERO = 0x30;

const JSON_SERDES: Readonly<Record<BigintReading, Serde<unknown>>> = Object.freeze({
  error: new JsonSerde('error'),
  string: new JsonSerde('string'),
  bigint: new JsonSerde('bigint'),
});

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
