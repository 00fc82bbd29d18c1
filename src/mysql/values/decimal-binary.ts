import { MillraceError } from '../../core/millrace-error.ts';

/** Decimal digits in each full four-byte group, and the bytes of a group of fewer digits. */
const GROUP_DIGITS = 9;
const GROUP_BYTES = 4;
const BYTES_OF_DIGITS: readonly number[] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];
const POWERS_OF_TEN: readonly number[] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const SIGN_BIT = 0x80;
const ZEROS = '000000000';

/** Digits of a DECIMAL: all of them, and those behind the point. */
export interface DecimalDigits {
  readonly precision: number;
  readonly scale: number;
}

/** Bytes of a DECIMAL(precision, scale) in binary form. */
export function decimalBytes(precision: number, scale: number): number {
  return bytesOfDigits(precision - scale) + bytesOfDigits(scale);
}

/** A whole value in binary form as exact text. Throws MYSQL_EVENT_UNREADABLE when it is not one. */
export function decimalFromBinary(bytes: Buffer, precision: number, scale: number): string {
  if (scale > precision || bytes.length !== decimalBytes(precision, scale)) {
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a DECIMAL to have the bytes of its digits');
  }
  return readDecimal(bytes, 0, { precision, scale });
}

/**
 * The DECIMAL that begins at `start` as exact text with `scale` digits behind the point: groups of nine digits, big-endian,
 * shorter ones at both ends, the first bit flipped, all bits of a negative number inverted. Source: `bin2decimal` of the
 * server. Throws MYSQL_EVENT_UNREADABLE when a group has more than its digits, a RangeError when the bytes end too early.
 */
export function readDecimal(bytes: Buffer, start: number, { precision, scale }: DecimalDigits): string {
  const isNegative = (bytes.readUInt8(start) & SIGN_BIT) === 0;
  const wholeDigits = precision - scale;
  const leading = wholeDigits % GROUP_DIGITS;
  let at = start;
  let text = '';
  if (leading > 0) {
    const value = readGroup(bytes, at, { digits: leading, isNegative, isFirst: true });
    if (value > 0) text = String(value);
    at += BYTES_OF_DIGITS[leading] as number;
  }
  for (let left = wholeDigits - leading; left > 0; left -= GROUP_DIGITS) {
    const value = readGroup(bytes, at, { digits: GROUP_DIGITS, isNegative, isFirst: at === start });
    if (text !== '') text += padded(value, GROUP_DIGITS);
    else if (value > 0) text = String(value);
    at += GROUP_BYTES;
  }
  if (text === '') text = '0';
  if (scale > 0) {
    text += '.';
    for (let left = scale; left > 0; left -= GROUP_DIGITS) {
      const digits = left < GROUP_DIGITS ? left : GROUP_DIGITS;
      text += padded(readGroup(bytes, at, { digits, isNegative, isFirst: at === start }), digits);
      at += BYTES_OF_DIGITS[digits] as number;
    }
  }
  return isNegative ? `-${text}` : text;
}

function readGroup(
  bytes: Buffer,
  at: number,
  group: { digits: number; isNegative: boolean; isFirst: boolean },
): number {
  const width = BYTES_OF_DIGITS[group.digits] as number;
  let value = bytes.readUIntBE(at, width);
  const all = 256 ** width;
  if (group.isFirst) value = value >= all / 2 ? value - all / 2 : value + all / 2;
  if (group.isNegative) value = all - 1 - value;
  if (value < (POWERS_OF_TEN[group.digits] as number)) return value;
  throw new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected at most ${group.digits} digits in a part of a DECIMAL`);
}

function padded(value: number, digits: number): string {
  const text = String(value);
  return text.length === digits ? text : ZEROS.slice(0, digits - text.length) + text;
}

function bytesOfDigits(digits: number): number {
  return Math.floor(digits / GROUP_DIGITS) * GROUP_BYTES + (BYTES_OF_DIGITS[digits % GROUP_DIGITS] as number);
}
