import { crc32c, Writer } from '@platformatic/kafka';

/** The CRC-32C of bytes, unsigned. */
export function checksum(bytes: Buffer): number {
  // Of a plain buffer the library makes a copy first, which costs more than the checksum.
  return crc32c(Writer.create().append(bytes).dynamicBuffer) >>> 0;
}
