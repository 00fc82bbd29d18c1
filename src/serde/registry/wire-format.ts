import { MillraceError } from '../../core/millrace-error.ts';

/** Confluent's wire format: a zero byte, the id of the schema (big-endian), then the value. */
export const WIRE_HEADER_BYTES = 5;
const MAGIC = 0;

/** Writes the header at the beginning of `bytes`. */
export function writeWireHeader(bytes: Buffer, id: number): void {
  bytes[0] = MAGIC;
  bytes.writeInt32BE(id, 1);
}

/** The id in the header. Throws DESERIALIZATION_FAILED for bytes that have none. */
export function schemaIdOf(bytes: Buffer): number {
  if (bytes.length < WIRE_HEADER_BYTES) {
    throw new MillraceError(
      'DESERIALIZATION_FAILED',
      `Expected a schema id in the first ${WIRE_HEADER_BYTES} bytes, got ${bytes.length} bytes in all`,
    );
  }
  if (bytes[0] !== MAGIC) {
    throw new MillraceError(
      'DESERIALIZATION_FAILED',
      `Expected the first byte to be 0, as the schema registry's wire format has it, got ${bytes[0]}`,
    );
  }
  return bytes.readInt32BE(1);
}
