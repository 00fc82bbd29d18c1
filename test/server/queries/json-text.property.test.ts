import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText } from '../../../src/server/queries/json-text.ts';
import { readKey } from '../../../src/server/queries/key-text.ts';
import { buffer } from '../../../src/serde/buffer-serde.ts';
import { json } from '../../../src/serde/json-serde.ts';
import { long } from '../../../src/serde/long-serde.ts';
import { string } from '../../../src/serde/string-serde.ts';

test('what JSON has no type for is text', () => {
  const value = {
    big: 2n ** 60n,
    bytes: Buffer.from([0, 255]),
    at: new Date(0),
    list: [Number.NaN, -Infinity, undefined, null],
    map: new Map([['a', 1n]]),
    pairs: new Map([[1, 'b']]),
    set: new Set([1]),
  };
  expect(JSON.parse(jsonText(value))).toEqual({
    big: '1152921504606846976',
    bytes: 'AP8=',
    at: '1970-01-01T00:00:00.000Z',
    list: ['NaN', '-Infinity', null, null],
    map: { a: '1' },
    pairs: [[1, 'b']],
    set: [1],
  });
});

test('a key is found by what answers say of it', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.uint8Array(),
      (text, id, data) => {
        const bytes = Buffer.from(data);
        expect(readKey(jsonText(text), 'json', string()).bytes).toEqual(string().serialize(text));
        expect(readKey(jsonText({ text }), 'json', json()).bytes).toEqual(json().serialize({ text }));
        expect(readKey(jsonText(id), 'json', long()).bytes).toEqual(long().serialize(id));
        expect(readKey(String(id), 'json', long()).bytes).toEqual(long().serialize(id));
        expect(readKey(jsonText(bytes), 'json', buffer()).bytes).toEqual(bytes);
        expect(readKey(bytes.toString('base64url'), 'base64', buffer()).bytes).toEqual(bytes);
      },
    ),
  );
});
