import { expect, test } from 'vitest';
import { Datum } from '../../src/serde/datum.ts';
import { json } from '../../src/serde/json-serde.ts';
import type { Serde } from '../../src/serde/serde.ts';
import { string } from '../../src/serde/string-serde.ts';

/** A serde that counts what it is asked. */
function counting(): Serde<{ id: number }> & { reads: number; writes: number } {
  return {
    name: 'counting',
    reads: 0,
    writes: 0,
    serialize(value) {
      this.writes++;
      return Buffer.from(String(value.id));
    },
    deserialize(bytes) {
      this.reads++;
      return { id: Number(bytes.toString()) };
    },
  };
}

test('bytes that nobody looks into are not deserialized, and are passed on as they came', () => {
  const serde = counting();
  const bytes = Buffer.from('7');
  expect(Datum.ofBytes(bytes, serde).bytes(serde)).toBe(bytes);
  expect(serde).toMatchObject({ reads: 0, writes: 0 });
});

test('bytes are deserialized once, and passed on as they came even then', () => {
  const serde = counting();
  const bytes = Buffer.from('7');
  const datum = Datum.ofBytes(bytes, serde);
  expect(datum.value).toBe(datum.value);
  expect(datum.bytes(serde)).toBe(bytes);
  expect(serde).toMatchObject({ reads: 1, writes: 0 });
});

test('a value is serialized once, and is never deserialized', () => {
  const serde = counting();
  const value = { id: 7 };
  const datum = Datum.ofValue(value);
  expect(datum.bytes(serde)).toBe(datum.bytes(serde));
  expect(datum.value).toBe(value);
  expect(serde).toMatchObject({ reads: 0, writes: 1 });
});

test('a value that is null by its serde is deserialized once too', () => {
  const serde = { ...counting(), deserialize: () => null } as unknown as Serde<string | null>;
  expect(Datum.ofBytes(Buffer.from('x'), serde).value).toBeNull();
});

test('another serde writes the value anew', () => {
  const datum = Datum.ofBytes(Buffer.from('"a"'), json<string>());
  expect(datum.bytes(string()).toString()).toBe('a');
  expect(datum.bytes(json<string>()).toString()).toBe('"a"');
});

test('an error of the serde is thrown to whoever asks, each time', () => {
  const datum = Datum.ofBytes<unknown>(Buffer.from('{'), json());
  expect(() => datum.value).toThrow('Expected JSON');
  expect(() => datum.value).toThrow('Expected JSON');
});
