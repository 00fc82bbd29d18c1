const FIRST_BYTES = 4096;
/** Below this magnitude the zigzag of a number fits 32 bits. */
const SMALL = 2 ** 30;
/** Below this magnitude twice a number is exact. */
const EXACT = 2 ** 52;
const LONGEST_VARINT = 10;

/** Writes Avro's binary encoding into a buffer that grows. What is written is taken as a copy, and the buffer used again. */
export class AvroBytes {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  /** Begins anew, behind so many bytes that stay free. */
  begin(free: number): void {
    this.#at = free;
  }

  /** A copy of all since `begin`, the free bytes included. */
  take(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#at);
    this.#buffer.copy(bytes, 0, 0, this.#at);
    return bytes;
  }

  /** An int, a long, a length or the index of a branch. The number is a safe integer. */
  long(value: number): void {
    this.#reserve(LONGEST_VARINT);
    if (value < SMALL && value >= -SMALL) {
      let rest = (value << 1) ^ (value >> 31);
      while (rest > 0x7f) {
        this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      this.#buffer[this.#at++] = rest;
    } else if (value < EXACT && value > -EXACT) this.#exactLong(value < 0 ? -2 * value - 1 : 2 * value);
    else this.wideLong(BigInt(value));
  }

  /** A long of any size. */
  wideLong(value: bigint): void {
    this.#reserve(LONGEST_VARINT);
    let rest = value < 0n ? -2n * value - 1n : 2n * value;
    while (rest > 0x7fn) {
      this.#buffer[this.#at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#at++] = Number(rest);
  }

  boolean(value: boolean): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value ? 1 : 0;
  }

  float(value: number): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeFloatLE(value, this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** Bytes, or a string that is in UTF-8 already, with their length in front. */
  bytes(value: Buffer): void {
    this.long(value.length);
    this.raw(value);
  }

  /** Bytes as they are. */
  raw(value: Buffer): void {
    this.#reserve(value.length);
    value.copy(this.#buffer, this.#at);
    this.#at += value.length;
  }

  /** The fewest bytes that have the integer as big-endian two's complement, with their length in front: a decimal. */
  integerBytes(value: number): void {
    let size = 1;
    for (let limit = 128; value >= limit || value < -limit; limit *= 256) size++;
    this.long(size);
    this.#reserve(size);
    this.#at = this.#buffer.writeIntBE(value, this.#at, size);
  }

  string(value: string): void {
    this.long(Buffer.byteLength(value));
    this.#reserve(3 * value.length);
    this.#at += this.#buffer.write(value, this.#at, 'utf8');
  }

  #exactLong(zigzag: number): void {
    let rest = zigzag;
    while (rest > 0x7f) {
      this.#buffer[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
