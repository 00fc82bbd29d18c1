const CHUNK_BYTES = 256 << 10;
const ZERO = 0x30;
const MINUS = 0x2d;
const LARGEST_INT32 = 0x7f_ff_ff_ff;

/** Writes rows one behind the other into buffers that the rows then share, so that a row costs no buffer of its own. */
export class ByteWriter {
  buffer: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** Where the next byte goes. */
  at = 0;
  /** Where the row begins that is being written. */
  start = 0;

  /** Begins a row. */
  begin(): void {
    this.start = this.at;
  }

  /** Makes room for so many bytes; what is written of the row moves along. */
  reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const written = this.at - this.start;
    const next = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * (written + bytes)));
    this.buffer.copy(next, 0, this.start, this.at);
    this.buffer = next;
    this.start = 0;
    this.at = written;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.at++] = value;
  }

  /** Text of one byte a character. */
  latin1(text: string): void {
    this.reserve(text.length);
    this.at += this.buffer.write(text, this.at, 'latin1');
  }

  utf8(text: string): void {
    this.reserve(3 * text.length);
    this.at += this.buffer.write(text, this.at, 'utf8');
  }

  /** Bytes of another buffer. */
  copy(source: Buffer, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    if (length > SHORT_BYTES) this.buffer.set(source.subarray(start, end), this.at);
    else for (let index = 0; index < length; index++) this.buffer[this.at + index] = source[start + index] as number;
    this.at += length;
  }

  /** The digits of a safe integer. */
  integer(value: number): void {
    if (value > LARGEST_INT32 || value < -LARGEST_INT32) {
      this.latin1(String(value));
      return;
    }
    this.reserve(11);
    let rest = value;
    if (rest < 0) {
      this.buffer[this.at++] = MINUS;
      rest = -rest;
    }
    this.digits(rest, digitsIn(rest));
  }

  /** The last so many digits of a number, with zeros before it. Room must have been made. */
  digits(value: number, count: number): void {
    let rest = value;
    for (let index = this.at + count - 1; index >= this.at; index--) {
      const tenth = (rest / 10) | 0;
      this.buffer[index] = ZERO + rest - 10 * tenth;
      rest = tenth;
    }
    this.at += count;
  }
}

/** Up to so many bytes a loop is faster than a call. */
const SHORT_BYTES = 24;

function digitsIn(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit && count < 10; limit *= 10) count++;
  return count;
}
