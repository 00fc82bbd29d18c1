/** Decimal digits in each full four-byte group, and the bytes of a group of fewer digits. */
const GROUP_DIGITS = 9;
const BYTES_OF_DIGITS: readonly number[] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/**
 * A DECIMAL from MySQL's binary form as exact text with `scale` digits behind the point: groups of nine digits, big-endian,
 * the first bit flipped, all bits of a negative number inverted. Source: `bin2decimal` of the server.
 */
export function decimalFromBinary(bytes: Buffer, precision: number, scale: number): string {
  const copy = Buffer.from(bytes);
  const isNegative = (copy.readUInt8(0) & 0x80) === 0;
  copy.writeUInt8(copy.readUInt8(0) ^ 0x80, 0);
  if (isNegative) for (let index = 0; index < copy.length; index++) copy[index] = ~(copy[index] as number) & 0xff;
  const wholeDigits = precision - scale;
  const whole = digitsOf(copy, 0, [wholeDigits % GROUP_DIGITS, ...fullGroups(wholeDigits)]);
  const fraction = digitsOf(copy, whole.end, [...fullGroups(scale), scale % GROUP_DIGITS]);
  const integer = whole.digits.replace(/^0+(?=\d)/, '') || '0';
  return (isNegative ? '-' : '') + integer + (scale > 0 ? `.${fraction.digits}` : '');
}

function fullGroups(digits: number): number[] {
  return new Array<number>(Math.floor(digits / GROUP_DIGITS)).fill(GROUP_DIGITS);
}

function digitsOf(bytes: Buffer, start: number, groups: readonly number[]): { digits: string; end: number } {
  let digits = '';
  let at = start;
  for (const group of groups) {
    if (group === 0) continue;
    const size = BYTES_OF_DIGITS[group] as number;
    digits += String(bytes.readUIntBE(at, size)).padStart(group, '0');
    at += size;
  }
  return { digits, end: at };
}
