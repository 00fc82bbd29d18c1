import type avsc from 'avsc';
import type { BigintReading } from '../json-integers.ts';
import { type InternalType, type InvalidHook, LongType, type Resolver, type Tap } from './extensible-types.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { unreadable, unwritable } from './misfit.ts';

/** Bits of a varint that avsc's own arithmetic reads without rounding: seven bytes. */
const EXACT_BYTES = 7;
const MOST_BYTES = 10;
/** avsc writes numbers within this exactly; beyond, it changes the sign of some and refuses others. */
const EXACT_WRITE = 2 ** 52;
const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;
const DIGITS = /^-?(?:0|[1-9]\d{0,18})$/;

/**
 * Avro's `long`, exact over all 64 bits; avsc's own is not beyond 52. A value is a number where that is safe; what it is
 * beyond, the subclasses say. A safe number and a bigint are written by each of them.
 */
abstract class ExactLongType extends LongType {
  override _check(value: unknown, _flags: unknown, hook?: InvalidHook): boolean {
    const fits = this.#toLong(value) !== undefined;
    if (!fits && hook !== undefined) hook(value, this);
    return fits;
  }

  override _read(tap: Tap): unknown {
    const { buf, pos } = tap;
    let length = 1;
    // Ends also at the end of the buffer, where there is no byte: the caller sees that it was left.
    while (((buf[pos + length - 1] as number) & 0x80) !== 0) length++;
    return length <= EXACT_BYTES ? tap.readLong() : this.#readWide(tap, length);
  }

  override _write(tap: Tap, value: unknown): void {
    if (typeof value === 'number' && value >= -EXACT_WRITE && value <= EXACT_WRITE && Number.isInteger(value)) {
      tap.writeLong(value);
      return;
    }
    const long = this.#toLong(value);
    if (long === undefined) throw unwritable('not a 64-bit integer');
    writeWide(tap, BigInt(long));
  }

  override _update(resolver: Resolver, writer: InternalType): void {
    if (writer.typeName === 'int') resolver._read = (tap) => writer._read(tap);
    else if (writer.typeName === 'long') resolver._read = (tap) => this._read(tap);
  }

  /** What an unsafe integer is read as. */
  protected abstract unsafeValue(value: bigint): unknown;

  /** What other than a number and a bigint is written as. */
  protected ofOther(_value: unknown): bigint | undefined {
    return undefined;
  }

  /** A value as a 64-bit integer; undefined when it is none. */
  #toLong(value: unknown): number | bigint | undefined {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
    const wide = typeof value === 'bigint' ? value : this.ofOther(value);
    return wide !== undefined && wide >= MIN_LONG && wide <= MAX_LONG ? wide : undefined;
  }

  #readWide(tap: Tap, length: number): unknown {
    if (length > MOST_BYTES) throw unreadable('a long of more than ten bytes');
    let zigzag = 0n;
    for (let index = length - 1; index >= 0; index--) {
      zigzag = (zigzag << 7n) | BigInt((tap.buf[tap.pos + index] as number) & 0x7f);
    }
    if (zigzag >> 64n !== 0n) throw unreadable('a long of more than 64 bits');
    tap.pos += length;
    const value = (zigzag & 1n) === 0n ? zigzag >> 1n : -(zigzag >> 1n) - 1n;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : this.unsafeValue(value);
  }
}

class NumberLongType extends ExactLongType {
  protected override unsafeValue(): never {
    throw new MillraceError('INTEGER_UNSAFE', 'Expected integers within ±(2^53 - 1), got a long outside');
  }
}

class BigintLongType extends ExactLongType {
  protected override unsafeValue(value: bigint): bigint {
    return value;
  }
}

class DigitsLongType extends ExactLongType {
  protected override unsafeValue(value: bigint): string {
    return String(value);
  }

  protected override ofOther(value: unknown): bigint | undefined {
    return typeof value === 'string' && DIGITS.test(value) ? BigInt(value) : undefined;
  }
}

/** The types by what they read unsafe integers as: an error, digits (which that one writes too), or a bigint. */
export const EXACT_LONG_TYPES: Readonly<Record<BigintReading, avsc.Type>> = Object.freeze({
  error: new NumberLongType(),
  string: new DigitsLongType(),
  bigint: new BigintLongType(),
});

function writeWide(tap: Tap, value: bigint): void {
  let zigzag = value >= 0n ? value << 1n : (-value << 1n) - 1n;
  while (zigzag > 0x7fn) {
    tap.buf[tap.pos++] = Number(zigzag & 0x7fn) | 0x80;
    zigzag >>= 7n;
  }
  tap.buf[tap.pos++] = Number(zigzag);
}
