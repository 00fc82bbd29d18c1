const TWO_TO_32 = 2 ** 32;

/** The bytes of a time in a key. */
export const TIME_BYTES = 8;

/**
 * Writes a time (milliseconds since the epoch, not negative) as an int64, big-endian: byte order is order of time. Two
 * 32-bit halves do without a BigInt.
 */
export function writeTime(bytes: Buffer, ms: number, offset: number): void {
  const high = Math.floor(ms / TWO_TO_32);
  bytes.writeInt32BE(high, offset);
  bytes.writeUInt32BE(ms - high * TWO_TO_32, offset + 4);
}

/** Reads what `writeTime` wrote. */
export function readTime(bytes: Buffer, offset: number): number {
  return bytes.readInt32BE(offset) * TWO_TO_32 + bytes.readUInt32BE(offset + 4);
}

/** The bytes of a time alone. */
export function timeBytes(ms: number): Buffer {
  const bytes = Buffer.allocUnsafe(TIME_BYTES);
  writeTime(bytes, ms, 0);
  return bytes;
}
