import { notSerializable } from './serde-error.ts';
import type { Serde } from './serde.ts';

/** Bytes as they are, not copied: neither side may change them afterwards. What is no Buffer is SERIALIZATION_FAILED. */
export function buffer(): Serde<Buffer> {
  return BUFFER_SERDE;
}

const BUFFER_SERDE: Serde<Buffer> = Object.freeze({
  name: 'buffer',
  serialize(value: Buffer): Buffer {
    if (!Buffer.isBuffer(value)) throw notSerializable('a Buffer', value);
    return value;
  },
  deserialize: (bytes: Buffer): Buffer => bytes,
});
