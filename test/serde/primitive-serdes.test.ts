import { describe, expect, test } from 'vitest';
import { double } from '../../src/serde/double-serde.ts';
import { integer } from '../../src/serde/integer-serde.ts';
import { long } from '../../src/serde/long-serde.ts';
import { safeLong } from '../../src/serde/safe-long-serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import type { Serde } from '../../src/serde/serde.ts';
import { thrownBy } from './serde-conformance.ts';

/** The bytes that Kafka's Java serializers write: `ByteBuffer` in network order, `doubleToLongBits`, UTF-8. */
describe('the bytes are those of the Java serializers', () => {
  test.each<[string, Serde<unknown>, unknown, string]>([
    ['StringSerializer', string(), 'a\u00e9\u20ac\u{1f600}', '61c3a9e282acf09f9880'],
    ['StringSerializer of an empty string', string(), '', ''],
    ['IntegerSerializer', integer(), 305419896, '12345678'],
    ['IntegerSerializer of a negative', integer(), -2, 'fffffffe'],
    ['LongSerializer', long(), 81985529216486895n, '0123456789abcdef'],
    ['LongSerializer of the least', long(), -(2n ** 63n), '8000000000000000'],
    ['LongSerializer of a number', safeLong(), Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    ['LongSerializer of a negative number', safeLong(), -1, 'ffffffffffffffff'],
    ['LongSerializer of the least safe number', safeLong(), Number.MIN_SAFE_INTEGER, 'ffe0000000000001'],
    ['DoubleSerializer', double(), -1.5, 'bff8000000000000'],
    ['DoubleSerializer of NaN', double(), 0 / 0, '7ff8000000000000'],
    ['DoubleSerializer of -0', double(), -0, '8000000000000000'],
  ])('%s', (_name, serde, value, hex) => {
    expect(serde.serialize(value).toString('hex')).toBe(hex);
    expect(serde.deserialize(Buffer.from(hex, 'hex'))).toBe(value);
  });
});

test('a string keeps U+FFFD and a byte order mark that are really in it', () => {
  expect(string().deserialize(string().serialize('\ufeff\ufffd'))).toBe('\ufeff\ufffd');
});

test.each(['0020000000000000', 'ffe0000000000000', '7fffffffffffffff', '8000000000000000'])(
  'safeLong refuses the long %s instead of rounding it',
  (hex) => {
    expect(thrownBy(() => safeLong().deserialize(Buffer.from(hex, 'hex'))).code).toBe('INTEGER_UNSAFE');
  },
);
