import { MillraceError } from '../../core/millrace-error.ts';

/**
 * Reads the bytes of one event one after the other. Nothing is ever read beyond their end: that throws
 * MYSQL_EVENT_UNREADABLE, or a RangeError of the buffer.
 */
export class ByteCursor {
  readonly bytes: Buffer;
  /** Where the next byte is. */
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Whether all is read. */
  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  uint8(): number {
    return this.bytes.readUInt8(this.at++);
  }

  uint16(): number {
    const value = this.bytes.readUInt16LE(this.at);
    this.at += 2;
    return value;
  }

  uint32(): number {
    const value = this.bytes.readUInt32LE(this.at);
    this.at += 4;
    return value;
  }

  /** A little-endian number of up to six bytes. */
  uint(width: number): number {
    const value = this.bytes.readUIntLE(this.at, width);
    this.at += width;
    return value;
  }

  /** A number of eight bytes that must be a safe integer: a length or a position. */
  position(): number {
    const value = this.bytes.readUInt32LE(this.at) + this.bytes.readUInt32LE(this.at + 4) * 2 ** 32;
    this.at += 8;
    return value;
  }

  /** A number with its length in its first byte (`net_field_length` of the protocol). */
  packedNumber(): number {
    const first = this.uint8();
    if (first < 251) return first;
    if (first === 252) return this.uint16();
    if (first === 253) return this.uint(3);
    if (first === 254) return this.position();
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected the length of a number, got ${first}`);
  }

  /** The next bytes, not copied. */
  take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) {
      throw new MillraceError(
        'MYSQL_EVENT_UNREADABLE',
        `Expected ${length} more bytes in the event, got ${this.bytes.length - this.at}`,
      );
    }
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** Bytes with a packed length before them. */
  packedBytes(): Buffer {
    return this.take(this.packedNumber());
  }

  /** All that is left. */
  rest(): Buffer {
    return this.take(this.bytes.length - this.at);
  }
}
