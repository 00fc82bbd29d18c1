import { MillraceError } from '../core/millrace-error.ts';
import { notSerializable, wrongLength } from './serde-error.ts';
import type { Serde } from './serde.ts';

const BYTES = 8;
const TWO_TO_32 = 2 ** 32;

/**
 * Integers within ±(2^53 − 1) as numbers, in the bytes of `long()`: eight, big-endian, as Kafka's LongSerializer writes
 * them. What is not such an integer is SERIALIZATION_FAILED; −0 is written as 0. A long outside is INTEGER_UNSAFE, another
 * number of bytes DESERIALIZATION_FAILED.
 */
export function safeLong(): Serde<number> {
  return SAFE_LONG_SERDE;
}

const SAFE_LONG_SERDE: Serde<number> = Object.freeze({
  name: 'safeLong',
  serialize(value: number): Buffer {
    if (!Number.isSafeInteger(value)) throw notSerializable('an integer within ±(2^53 - 1)', value);
    const bytes = Buffer.allocUnsafe(BYTES);
    const high = Math.floor(value / TWO_TO_32);
    bytes.writeInt32BE(high);
    bytes.writeUInt32BE(value - high * TWO_TO_32, 4);
    return bytes;
  },
  deserialize(bytes: Buffer): number {
    if (bytes.length !== BYTES) throw wrongLength('a long', BYTES, bytes);
    const value = bytes.readInt32BE() * TWO_TO_32 + bytes.readUInt32BE(4);
    if (!Number.isSafeInteger(value)) {
      throw new MillraceError(
        'INTEGER_UNSAFE',
        'Expected a long within ±(2^53 - 1), got one outside: long() reads it as a bigint',
      );
    }
    return value;
  },
});
