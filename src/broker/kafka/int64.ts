// Kafka's offsets, timestamps and producer ids are 64-bit integers; all that there are fit into a number (2^53).

const HIGH = 2 ** 32;

/** Reads a signed 64-bit integer. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * HIGH + bytes.readUInt32BE(at + 4);
}

/** Writes an integer within ±2^53 as a signed 64-bit one. */
export function writeInt64(bytes: Buffer, value: number, at: number): void {
  const high = Math.floor(value / HIGH);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * HIGH, at + 4);
}
