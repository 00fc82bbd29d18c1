import { describe, expect, test } from 'vitest';
import { hopping } from '../../../src/dsl/windows/hopping.ts';
import { session } from '../../../src/dsl/windows/session.ts';
import { sliding } from '../../../src/dsl/windows/sliding.ts';
import { tumbling } from '../../../src/dsl/windows/tumbling.ts';
import { unlimited } from '../../../src/dsl/windows/unlimited.ts';
import { windowed } from '../../../src/dsl/windows/windowed.ts';
import { string } from '../../../src/serde/string-serde.ts';

const invalid = (message: string): object =>
  expect.objectContaining({ code: 'TOPOLOGY_INVALID', message: expect.stringContaining(message) });

describe('windows', () => {
  test('are frozen values', () => {
    expect(tumbling({ sizeMs: 10, graceMs: 2 })).toEqual({ kind: 'tumbling', sizeMs: 10, advanceMs: 10, graceMs: 2 });
    expect(Object.isFrozen(hopping({ sizeMs: 10, advanceMs: 5, graceMs: 0 }))).toBe(true);
  });

  test.each([
    [() => tumbling({ sizeMs: 0, graceMs: 0 }), '`sizeMs` of tumbling windows'],
    [() => tumbling({ sizeMs: 10 } as never), '`graceMs` of tumbling windows'],
    [() => tumbling({ sizeMs: 10, graceMs: -1 }), 'at least 0, got -1'],
    [() => tumbling({ sizeMs: 1.5, graceMs: 0 }), 'got a number with a fraction'],
    [() => hopping({ sizeMs: 10, advanceMs: 11, graceMs: 0 }), '`advanceMs` of hopping windows'],
    [() => hopping({ sizeMs: 10, advanceMs: 0, graceMs: 0 }), 'from 1 to 10, got 0'],
    [() => sliding({ timeDifferenceMs: -1, graceMs: 0 }), '`timeDifferenceMs` of sliding windows'],
    [() => session({ gapMs: Number.NaN, graceMs: 0 }), '`gapMs` of session windows'],
    [() => unlimited({ startMs: -5 }), '`startMs` of unlimited windows'],
  ])('refuse spans that make no sense', (make, message) => {
    expect(make).toThrow(invalid(message));
  });
});

// What Kafka's TimeWindowedSerializer and SessionWindowedSerializer write for these keys.
describe('windowed keys on the wire', () => {
  test('are the key and the start; the end comes from the windows', () => {
    const serde = windowed(string(), tumbling({ sizeMs: 10, graceMs: 0 }));
    expect(serde.serialize({ key: 'a', start: 2 ** 40, end: 2 ** 40 + 10 }).toString('hex')).toBe('610000010000000000');
    expect(serde.deserialize(Buffer.from('610000010000000000', 'hex'))).toEqual({
      key: 'a',
      start: 2 ** 40,
      end: 2 ** 40 + 10,
    });
  });

  test('of sliding windows end with the difference, of unlimited ones never', () => {
    const bytes = Buffer.from('610000000000000005', 'hex');
    expect(windowed(string(), sliding({ timeDifferenceMs: 7, graceMs: 0 })).deserialize(bytes).end).toBe(12);
    expect(windowed(string(), unlimited({ startMs: 5 })).deserialize(bytes).end).toBeNull();
  });

  test('of sessions are the key, the end and the start', () => {
    const serde = windowed(string(), session({ gapMs: 5, graceMs: 0 }));
    const bytes = serde.serialize({ key: 'é', start: 3, end: 9 });
    expect(bytes.toString('hex')).toBe('c3a900000000000000090000000000000003');
    expect(serde.deserialize(bytes)).toEqual({ key: 'é', start: 3, end: 9 });
  });

  test('that are too short are refused', () => {
    const serde = windowed(string(), session({ gapMs: 5, graceMs: 0 }));
    expect(() => serde.deserialize(Buffer.alloc(15))).toThrow(
      expect.objectContaining({ code: 'DESERIALIZATION_FAILED' }),
    );
  });
});
