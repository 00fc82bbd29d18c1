import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { Datum } from '../../src/serde/datum.ts';
import type { Serde } from '../../src/serde/serde.ts';

/** What a serde has to show to pass the suite. */
export interface SerdeSubject<T> {
  /** A fresh call of the factory each time. */
  readonly create: () => Serde<T>;
  /** Every value that the serde can hold. */
  readonly values: fc.Arbitrary<T>;
  /** Values that it cannot hold, whatever their type says. */
  readonly refused: readonly unknown[];
  /** Bytes that it cannot read. */
  readonly unreadable: readonly Buffer[];
}

/** The tests that every serde passes. */
export function serdeConformance<T>(subject: SerdeSubject<T>): void {
  test('every value comes back as it was', () => {
    const serde = subject.create();
    fc.assert(
      fc.property(subject.values, (value) => {
        expect(serde.deserialize(serde.serialize(value))).toStrictEqual(value);
      }),
    );
  });

  test('equal values have equal bytes', () => {
    const serde = subject.create();
    fc.assert(
      fc.property(fc.clone(subject.values, 2), ([one, other]) => {
        expect(serde.serialize(other).equals(serde.serialize(one))).toBe(true);
      }),
    );
  });

  test('bytes are written at the place of the value only: two values do not share memory', () => {
    const serde = subject.create();
    fc.assert(
      fc.property(subject.values, subject.values, (one, other) => {
        const bytes = serde.serialize(one);
        const before = Buffer.from(bytes);
        serde.serialize(other);
        expect(bytes.equals(before)).toBe(true);
      }),
    );
  });

  test('random bytes are read and come back by value, or are refused with a code', () => {
    const serde = subject.create();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (random) => {
        const value = readOrRefuse(serde, Buffer.from(random));
        if (value !== undefined) expect(serde.deserialize(serde.serialize(value))).toStrictEqual(value);
      }),
    );
  });

  test('values that it cannot hold are SERIALIZATION_FAILED, and the message does not show them', () => {
    const serde = subject.create();
    for (const value of subject.refused) {
      const error = thrownBy(() => serde.serialize(value as T));
      expect(error.code).toBe('SERIALIZATION_FAILED');
      if (typeof value === 'string' && value.length > 3) expect(error.message).not.toContain(value);
    }
  });

  test('bytes that it cannot read are DESERIALIZATION_FAILED', () => {
    const serde = subject.create();
    for (const bytes of subject.unreadable) {
      expect(thrownBy(() => serde.deserialize(bytes)).code).toBe('DESERIALIZATION_FAILED');
    }
  });

  test('the factory gives one serde, so that a datum passes its bytes on', () => {
    const bytes = Buffer.from([1]);
    expect(subject.create()).toBe(subject.create());
    expect(Datum.ofBytes(bytes, subject.create()).bytes(subject.create())).toBe(bytes);
  });
}

/** The `MillraceError` that the call throws; fails if it throws none or another error. */
export function thrownBy(call: () => unknown): MillraceError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError);
    return error as MillraceError;
  }
  throw new Error('Expected a MillraceError, got none');
}

function readOrRefuse<T>(serde: Serde<T>, bytes: Buffer): T | undefined {
  try {
    return serde.deserialize(bytes);
  } catch (error) {
    expect(['DESERIALIZATION_FAILED', 'INTEGER_UNSAFE']).toContain((error as MillraceError).code);
    return undefined;
  }
}
