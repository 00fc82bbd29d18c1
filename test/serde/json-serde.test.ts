import { describe, expect, test } from 'vitest';
import { json } from '../../src/serde/json-serde.ts';
import { thrownBy } from './serde-conformance.ts';

const read = (text: string, bigint: 'error' | 'string' | 'bigint' = 'error'): unknown =>
  json({ bigint }).deserialize(Buffer.from(text));
const written = (value: unknown, bigint: 'error' | 'string' | 'bigint' = 'error'): string =>
  json({ bigint }).serialize(value).toString();

describe('integers', () => {
  test.each(['9007199254740991', '-9007199254740991', '1764000000123456', '0', '-0'])('%s is a number', (literal) => {
    for (const bigint of ['error', 'string', 'bigint'] as const)
      expect(read(`[${literal}]`, bigint)).toEqual([Number(literal)]);
  });

  test.each(['9007199254740992', '-9007199254740992', '18446744073709551615', '10000000000000000'])(
    '%s is unsafe',
    (literal) => {
      expect(thrownBy(() => read(`{"id": ${literal}}`)).code).toBe('INTEGER_UNSAFE');
      expect(read(`{"id": ${literal}}`, 'string')).toEqual({ id: literal });
      expect(read(`{"id": ${literal}}`, 'bigint')).toEqual({ id: BigInt(literal) });
    },
  );

  test('the error names the offset and not the value', () => {
    expect(() => read('{"a": "12345678901234567890", "id":18446744073709551615}')).toThrow(
      'Expected integers within ±(2^53 - 1), got one outside at offset 35 of the JSON text',
    );
  });

  test.each(['0.12345678901234567890', '12345678901234567.0', '1e17', '12345678901234567890E2'])(
    '%s has a fraction or exponent and is a double',
    (literal) => expect(read(`[${literal}]`)).toEqual([Number(literal)]),
  );

  test('a number beyond 2^53 is written as a double, so that it is not taken for an unsafe integer', () => {
    expect(written({ total: 1e17, most: -1.7976931348623157e308 })).toBe(
      '{"total":1e+17,"most":-1.7976931348623157e+308}',
    );
    expect(read(written({ total: 2 ** 53 }))).toEqual({ total: 2 ** 53 });
  });

  test('a bigint is written as its digits', () => {
    expect(written({ id: 2n ** 64n - 1n }, 'bigint')).toBe('{"id":18446744073709551615}');
    expect(written({ id: 2n ** 64n - 1n }, 'string')).toBe('{"id":18446744073709551615}');
    expect(written([5n])).toBe('[5]');
  });

  test('an unsafe bigint is not written by the serde that could not read it back', () => {
    expect(thrownBy(() => written({ id: 2n ** 53n })).code).toBe('SERIALIZATION_FAILED');
  });
});

describe('objects', () => {
  test('a property that is undefined is absent', () => {
    expect(written({ a: 1, b: undefined })).toBe('{"a":1}');
  });

  test('__proto__ is a property like others, with and without unsafe integers', () => {
    for (const literal of ['1', '18446744073709551615']) {
      const value = read(`{"__proto__": {"x": ${literal}}}`, 'string') as object;
      expect(Object.hasOwn(value, '__proto__')).toBe(true);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(written(value)).toContain('"__proto__"');
    }
  });

  test('of two properties with one name the last counts', () => {
    expect(read('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  test('an object without prototype is plain', () => {
    expect(written(Object.assign(Object.create(null) as object, { a: 1 }))).toBe('{"a":1}');
  });
});

describe('messages', () => {
  test('a refused value is named by its place and kind', () => {
    class Money {}
    expect(() => written({ lines: [{ price: Number.NaN }] })).toThrow('got NaN at $.lines[0].price');
    expect(() => written({ at: new Date(0) })).toThrow('got an instance of Date at $.at');
    expect(() => written([new Money()])).toThrow('got an instance of Money at $[0]');
    expect(() => written(new Array(2))).toThrow('got an array with holes at $');
    expect(() => written(undefined)).toThrow('got undefined at $');
  });

  test('text that is not JSON is not quoted, neither in the message nor in the cause', () => {
    const error = thrownBy(() => read('{"card": "4111", oops}'));
    expect(error.message).toBe('Expected JSON, got 22 characters that are not, wrong at offset 17');
    expect(error.cause).toBeUndefined();
    expect(thrownBy(() => read('hunter2')).message).not.toContain('hunter2');
  });
});
