import { MillraceError } from '../../core/millrace-error.ts';
import { Datum } from '../../serde/datum.ts';
import { nestedSerde } from '../../serde/nested-serde.ts';
import type { Serde } from '../../serde/serde.ts';

/** A row as it was from some time on. */
export interface Version<V> {
  /** Null: there was none. */
  readonly datum: Datum<V> | null;
}

const DELETED = 0;
const PRESENT = 1;

/** Versions as their store has them: one byte that tells whether there is a value, then the value's own bytes. */
export function versionSerde<V>(valueSerde: Serde<V>): Serde<Version<V>> {
  return Object.freeze({
    name: `version of ${valueSerde.name}`,
    ...nestedSerde(valueSerde, (bytes) => [bytes.subarray(1)]),
    serialize({ datum }: Version<V>): Buffer {
      if (datum === null) return Buffer.of(DELETED);
      const value = datum.bytes(valueSerde);
      const bytes = Buffer.allocUnsafe(1 + value.length);
      bytes[0] = PRESENT;
      bytes.set(value, 1);
      return bytes;
    },
    deserialize(bytes: Buffer): Version<V> {
      if (bytes.length === 0 || (bytes[0] as number) > PRESENT) {
        throw new MillraceError(
          'DESERIALIZATION_FAILED',
          `Expected a version of a row, got ${bytes.length} bytes that are none`,
        );
      }
      return { datum: bytes[0] === DELETED ? null : Datum.ofBytes(bytes.subarray(1), valueSerde) };
    },
  });
}
