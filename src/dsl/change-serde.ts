import { MillraceError } from '../core/millrace-error.ts';
import { Change } from '../processor/change-record.ts';
import { Datum } from '../serde/datum.ts';
import { nestedSerde } from '../serde/nested-serde.ts';
import type { Serde } from '../serde/serde.ts';

const HAS_NEW = 1;
const HAS_OLD = 2;
const HEADER_BYTES = 5;

/**
 * Changes on their way through a repartition topic: one byte of flags, the length of the new value (32 bits), the new
 * value, the old value. The values keep the bytes they have.
 */
export function changeSerde<V>(valueSerde: Serde<V>): Serde<Change<V>> {
  return {
    name: `change of ${valueSerde.name}`,
    ...nestedSerde(valueSerde, valuesIn),
    serialize(change) {
      const newBytes = change.newValue?.bytes(valueSerde) ?? null;
      const oldBytes = change.oldValue?.bytes(valueSerde) ?? null;
      const newLength = newBytes?.length ?? 0;
      const bytes = Buffer.allocUnsafe(HEADER_BYTES + newLength + (oldBytes?.length ?? 0));
      bytes[0] = (newBytes === null ? 0 : HAS_NEW) | (oldBytes === null ? 0 : HAS_OLD);
      bytes.writeUInt32BE(newLength, 1);
      newBytes?.copy(bytes, HEADER_BYTES);
      oldBytes?.copy(bytes, HEADER_BYTES + newLength);
      return bytes;
    },
    deserialize(bytes) {
      const flags = bytes[0] ?? 0;
      const split = bytes.length < HEADER_BYTES ? Infinity : HEADER_BYTES + bytes.readUInt32BE(1);
      if (split > bytes.length || flags > (HAS_NEW | HAS_OLD)) {
        throw new MillraceError(
          'DESERIALIZATION_FAILED',
          `Expected a change of a table row, got ${bytes.length} bytes that are none`,
        );
      }
      return new Change(
        (flags & HAS_NEW) === 0 ? null : Datum.ofBytes(bytes.subarray(HEADER_BYTES, split), valueSerde),
        (flags & HAS_OLD) === 0 ? null : Datum.ofBytes(bytes.subarray(split), valueSerde),
      );
    },
  };
}

/** The bytes of the values of a change; an absent one has none. */
function valuesIn(bytes: Buffer): readonly Buffer[] {
  if (bytes.length < HEADER_BYTES) return [];
  const split = HEADER_BYTES + bytes.readUInt32BE(1);
  return [bytes.subarray(HEADER_BYTES, split), bytes.subarray(split)];
}
