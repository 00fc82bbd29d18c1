import { varintBytes, writeVarint } from '../../core/varint.ts';

/** Writes numbers and texts one after the other. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  /** What was written. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A whole number from 0 to 2^53. */
  number(value: number): void {
    this.#reserve(varintBytes(value));
    this.#length = writeVarint(this.#bytes, this.#length, value);
  }

  /** A text, with its length before it. */
  text(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.number(bytes);
    this.#reserve(bytes);
    this.#bytes.write(value, this.#length);
    this.#length += bytes;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}
