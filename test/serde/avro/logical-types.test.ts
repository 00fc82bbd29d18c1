import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { avroType } from '../../../src/serde/avro/avro-type.ts';

function logical(type: string, logicalType: string, rest: object = {}) {
  return avroType(JSON.stringify({ type, logicalType, ...rest }));
}

describe('decimal', () => {
  const money = logical('bytes', 'decimal', { precision: 10, scale: 2 });

  test.each([
    ['0.00', ''],
    ['0.01', '01'],
    ['-0.01', 'ff'],
    ['1.27', '7f'],
    ['1.28', '0080'],
    ['-1.28', '80'],
    ['-1.29', 'ff7f'],
    ['99999999.99', '02540be3ff'],
  ])('%s is the two’s complement %s', (text, hex) => {
    const bytes = Buffer.from(hex || '00', 'hex');
    expect(money.toBuffer(text)).toEqual(Buffer.concat([Buffer.from([bytes.length * 2]), bytes]));
    expect(money.fromBuffer(money.toBuffer(text))).toBe(text);
  });

  test('of no bytes is zero', () => expect(money.fromBuffer(Buffer.from([0]))).toBe('0.00'));

  test('fills up fractional digits', () => expect(money.fromBuffer(money.toBuffer('-7'))).toBe('-7.00'));

  test.each(['1.234', '123456789.00', 'abc', '', '1e5', 1.5])('refuses %s', (value) => {
    expect(() => money.toBuffer(value)).toThrow();
  });

  test('on fixed is sign-extended', () => {
    const fixed = logical('fixed', 'decimal', { name: 'D', size: 8, precision: 18, scale: 3 });
    expect(fixed.toBuffer('-0.001').toString('hex')).toBe('ffffffffffffffff');
    expect(fixed.fromBuffer(fixed.toBuffer('-123456789012345.678'))).toBe('-123456789012345.678');
  });

  test('comes back for any digits', () => {
    const wide = logical('bytes', 'decimal', { precision: 65, scale: 30 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 65n) + 1n, max: 10n ** 65n - 1n }), (unscaled) => {
        const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(31, '0');
        const text = `${unscaled < 0n ? '-' : ''}${digits.slice(0, -30)}.${digits.slice(-30)}`;
        expect(wide.fromBuffer(wide.toBuffer(text))).toBe(text);
      }),
    );
  });

  test('of another scale is not read', () => {
    const other = logical('bytes', 'decimal', { precision: 10, scale: 3 });
    expect(() => money.createResolver(other)).toThrow();
    const narrower = logical('bytes', 'decimal', { precision: 5, scale: 2 });
    expect(money.fromBuffer(narrower.toBuffer('1.50'), money.createResolver(narrower))).toBe('1.50');
  });

  test('that is none is read as its bytes', () => {
    const broken = logical('bytes', 'decimal', { precision: 2, scale: 3 });
    expect(broken.fromBuffer(broken.toBuffer(Buffer.from([1])))).toEqual(Buffer.from([1]));
  });
});

describe('dates and times', () => {
  test.each([
    ['int', 'date', '1970-01-01', 0],
    ['int', 'date', '2024-02-29', 19_782],
    ['int', 'date', '0000-01-01', -719_528],
    ['int', 'time-millis', '23:59:59.999', 86_399_999],
    ['long', 'time-micros', '00:00:00.000001', 1],
    ['long', 'timestamp-millis', '1969-12-31T23:59:59.999Z', -1],
    ['long', 'timestamp-micros', '2024-02-29T12:34:56.123456Z', 1_709_210_096_123_456],
    ['long', 'timestamp-micros', '9999-12-31T23:59:59.999999Z', 253_402_300_799_999_999n],
    ['long', 'timestamp-nanos', '1969-12-31T23:59:59.999999999Z', -1],
    ['long', 'local-timestamp-micros', '2024-02-29T12:34:56.000000', 1_709_210_096_000_000],
  ])('%s %s %s', (type, logicalType, text, value) => {
    const plain = avroType(`"${type}"`, { bigint: 'bigint' });
    const read = logical(type, logicalType);
    expect(read.toBuffer(text)).toEqual(plain.toBuffer(value));
    expect(read.fromBuffer(plain.toBuffer(value))).toBe(text);
    expect(read.fromBuffer(plain.toBuffer(value), read.createResolver(plain))).toBe(text);
    expect(plain.fromBuffer(read.toBuffer(text), plain.createResolver(read))).toBe(value);
  });

  test.each([
    ['date', '2023-02-29'],
    ['date', '2024-2-9'],
    ['time-millis', '24:00:00.000'],
    ['time-millis', '00:00:00.0001'],
  ])('%s refuses %s', (logicalType, text) => {
    expect(() => logical('int', logicalType).toBuffer(text)).toThrow();
  });

  test('an instant refuses a local time, and the other way round', () => {
    expect(() => logical('long', 'timestamp-millis').toBuffer('2024-02-29T12:34:56')).toThrow();
    expect(() => logical('long', 'local-timestamp-millis').toBuffer('2024-02-29T12:34:56Z')).toThrow();
  });

  test('come back for any instant', () => {
    const micros = logical('long', 'timestamp-micros');
    const milliseconds = fc.integer({ min: Date.parse('0000-01-01'), max: Date.parse('9999-12-31T23:59:59.999Z') });
    fc.assert(
      fc.property(milliseconds, fc.integer({ min: 0, max: 999 }), (ms, rest) => {
        const text = `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
        expect(micros.fromBuffer(micros.toBuffer(text))).toBe(text);
      }),
    );
  });
});

describe('uuid', () => {
  const text = '550e8400-e29b-41d4-a716-446655440000';
  test('is text or 16 bytes', () => {
    expect(logical('string', 'uuid').fromBuffer(logical('string', 'uuid').toBuffer(text))).toBe(text);
    const fixed = logical('fixed', 'uuid', { name: 'U', size: 16 });
    expect(fixed.toBuffer(text).toString('hex')).toBe(text.replaceAll('-', ''));
    expect(fixed.fromBuffer(fixed.toBuffer(text))).toBe(text);
  });
  test('refuses other text', () => expect(() => logical('string', 'uuid').toBuffer('x')).toThrow());
});
