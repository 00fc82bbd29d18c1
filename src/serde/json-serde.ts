import type { BigintReading } from './json-integers.ts';
import { readJson, writeJson } from './json-text.ts';
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
    return Buffer.from(writeJson(value, this.#bigint));
  }

  deserialize(bytes: Buffer): unknown {
    return readJson(bytes, this.#bigint);
  }
}

const JSON_SERDES: Readonly<Record<BigintReading, Serde<unknown>>> = Object.freeze({
  error: new JsonSerde('error'),
  string: new JsonSerde('string'),
  bigint: new JsonSerde('bigint'),
});
