import { notSerializable, wrongLength } from './serde-error.ts';
import type { Serde } from './serde.ts';

const BYTES = 4;

/**
 * Integers from −2^31 to 2^31 − 1 in four bytes, big-endian, as Kafka's IntegerSerializer writes them. What is not such an
 * integer is SERIALIZATION_FAILED; −0 is written as 0. Another number of bytes is DESERIALIZATION_FAILED.
 */
export function integer(): Serde<number> {
  return INTEGER_SERDE;
}

const INTEGER_SERDE: Serde<number> = Object.freeze({
  name: 'integer',
  serialize(value: number): Buffer {
    if (typeof value !== 'number' || (value | 0) !== value)
      throw notSerializable('an integer from -2^31 to 2^31 - 1', value);
    const bytes = Buffer.allocUnsafe(BYTES);
    bytes.writeInt32BE(value);
    return bytes;
  },
  deserialize(bytes: Buffer): number {
    if (bytes.length !== BYTES) throw wrongLength('an integer', BYTES, bytes);
    return bytes.readInt32BE();
  },
});
