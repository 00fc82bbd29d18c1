import { notSerializable, wrongLength } from './serde-error.ts';
import type { Serde } from './serde.ts';

const BYTES = 8;

/**
 * Numbers as IEEE 754 doubles in eight bytes, big-endian, as Kafka's DoubleSerializer writes them: NaN always in the one form
 * that Java writes. What is not a number is SERIALIZATION_FAILED; another number of bytes is DESERIALIZATION_FAILED.
 */
export function double(): Serde<number> {
  return DOUBLE_SERDE;
}

const DOUBLE_SERDE: Serde<number> = Object.freeze({
  name: 'double',
  serialize(value: number): Buffer {
    if (typeof value !== 'number') throw notSerializable('a number', value);
    const bytes = Buffer.allocUnsafe(BYTES);
    // A NaN's sign and payload depend on how it arose, and keys are compared by their bytes.
    if (Number.isNaN(value)) bytes.writeBigUInt64BE(0x7ff8000000000000n);
    else bytes.writeDoubleBE(value);
    return bytes;
  },
  deserialize(bytes: Buffer): number {
    if (bytes.length !== BYTES) throw wrongLength('a double', BYTES, bytes);
    return bytes.readDoubleBE();
  },
});
