import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { avroType } from '../../../src/serde/avro/avro-type.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Each power of two and its neighbours, of both signs, within 64 bits. */
const BOUNDARIES = Array.from({ length: 64 }, (_, bit) => 2n ** BigInt(bit))
  .flatMap((power) => [power - 1n, power, power + 1n])
  .flatMap((value) => [value, -value])
  .filter((value) => value >= MIN && value <= MAX);

/** Avro's specification: zigzag, then groups of seven bits from the lowest on. */
function encoded(value: bigint): Buffer {
  let rest = value >= 0n ? value * 2n : -value * 2n - 1n;
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest % 128n) + (rest >= 128n ? 128 : 0));
    rest /= 128n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function read(value: bigint, bigint: 'bigint' | 'string'): unknown {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  return bigint === 'bigint' ? value : String(value);
}

describe('a long', () => {
  const types = {
    error: avroType('"long"'),
    bigint: avroType('"long"', { bigint: 'bigint' }),
    string: avroType('"long"', { bigint: 'string' }),
  };

  test.each(BOUNDARIES)('of %d is exact both ways', (value) => {
    expect(types.bigint.toBuffer(value)).toEqual(encoded(value));
    expect(types.bigint.fromBuffer(encoded(value))).toBe(read(value, 'bigint'));
    expect(types.string.toBuffer(read(value, 'string'))).toEqual(encoded(value));
    expect(types.string.fromBuffer(encoded(value))).toBe(read(value, 'string'));
  });

  test.each(BOUNDARIES)('of %d is a number or an error where only numbers are wanted', (value) => {
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      expect(types.error.toBuffer(number)).toEqual(encoded(value));
      expect(types.error.fromBuffer(encoded(value))).toBe(number);
    } else {
      expect(() => types.error.fromBuffer(encoded(value))).toThrow(/outside/);
      expect(() => types.error.toBuffer(number)).toThrow(/not a 64-bit integer/);
    }
  });

  test('of any value is exact both ways', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: MIN, max: MAX }), (value) => {
        expect(types.bigint.toBuffer(value)).toEqual(encoded(value));
        expect(types.bigint.fromBuffer(encoded(value))).toBe(read(value, 'bigint'));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([MIN - 1n, MAX + 1n, 1.5, Number.NaN, '12', null])('refuses %s', (value) => {
    expect(() => types.bigint.toBuffer(value)).toThrow();
  });

  test('of more than 64 bits is refused', () => {
    expect(() => types.bigint.fromBuffer(Buffer.from('ffffffffffffffffff7f', 'hex'))).toThrow(/more than 64 bits/);
    expect(() => types.bigint.fromBuffer(Buffer.from('ffffffffffffffffffff01', 'hex'))).toThrow(/more than ten bytes/);
  });

  test('is written by a nullable field as bigint and as digits too', () => {
    const nullable = avroType('["null","long"]', { bigint: 'string' });
    expect(nullable.fromBuffer(nullable.toBuffer(MAX))).toBe(String(MAX));
    expect(nullable.fromBuffer(nullable.toBuffer(String(MIN)))).toBe(String(MIN));
    expect(nullable.fromBuffer(nullable.toBuffer(null))).toBeNull();
  });

  test('is read from an int and by a double of another version', () => {
    const int = avroType('"int"');
    expect(types.error.fromBuffer(int.toBuffer(-7), types.error.createResolver(int))).toBe(-7);
    const double = avroType('"double"');
    expect(double.fromBuffer(types.error.toBuffer(2 ** 40), double.createResolver(types.error))).toBe(2 ** 40);
  });
});
