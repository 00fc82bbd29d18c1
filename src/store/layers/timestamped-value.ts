/**
 * How an engine keeps a value with its timestamp: 8 bytes of timestamp (int64, big-endian), then the value, as Kafka
 * Streams' `ValueAndTimestampSerializer` does. Timestamps are integers within ±2^53, so two 32-bit halves do without a
 * BigInt: the upper half is rounded down, which also is what two's complement wants of negative ones.
 */
const TIMESTAMP_BYTES = 8;
const TWO_TO_32 = 2 ** 32;

/** The bytes of a value with its timestamp. */
export function encodeTimestampedValue(value: Buffer, timestamp: number): Buffer {
  const encoded = Buffer.allocUnsafe(TIMESTAMP_BYTES + value.length);
  const upper = Math.floor(timestamp / TWO_TO_32);
  encoded.writeInt32BE(upper, 0);
  encoded.writeUInt32BE(timestamp - upper * TWO_TO_32, 4);
  encoded.set(value, TIMESTAMP_BYTES);
  return encoded;
}

/** The timestamp of an encoded value. */
export function timestampOf(encoded: Buffer): number {
  return encoded.readInt32BE(0) * TWO_TO_32 + encoded.readUInt32BE(4);
}

/** The value's own bytes, not copied. */
export function valueOf(encoded: Buffer): Buffer {
  return encoded.subarray(TIMESTAMP_BYTES);
}
