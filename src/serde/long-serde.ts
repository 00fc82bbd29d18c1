import { notSerializable, wrongLength } from './serde-error.ts';
import type { Serde } from './serde.ts';

const BYTES = 8;

/**
 * Bigints from −2^63 to 2^63 − 1 in eight bytes, big-endian, as Kafka's LongSerializer writes them. What is not such a
 * bigint is SERIALIZATION_FAILED; another number of bytes is DESERIALIZATION_FAILED. For counts and ids that stay below
 * 2^53 see `safeLong`.
 */
export function long(): Serde<bigint> {
  return LONG_SERDE;
}

const LONG_SERDE: Serde<bigint> = Object.freeze({
  name: 'long',
  serialize(value: bigint): Buffer {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
      throw notSerializable('a bigint from -2^63 to 2^63 - 1', value);
    }
    const bytes = Buffer.allocUnsafe(BYTES);
    bytes.writeBigInt64BE(value);
    return bytes;
  },
  deserialize(bytes: Buffer): bigint {
    if (bytes.length !== BYTES) throw wrongLength('a long', BYTES, bytes);
    return bytes.readBigInt64BE();
  },
});
