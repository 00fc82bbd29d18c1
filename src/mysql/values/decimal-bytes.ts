/** The digits of a decimal, without its point, as the shortest big-endian two's complement: Connect's `Decimal`. */
export function decimalBytes(text: string): Buffer {
  return integerBytes(BigInt(text.replace('.', '')));
}

/** An integer as the shortest big-endian two's complement; 0 is one byte. */
function integerBytes(value: bigint): Buffer {
  const magnitude = value < 0n ? -value - 1n : value;
  const hex = magnitude.toString(16);
  const digits = hex.length % 2 === 1 ? `0${hex}` : hex;
  // The first bit is the sign: where the magnitude takes it, a byte is put before.
  const bytes = Buffer.from(Number.parseInt(digits.slice(0, 2), 16) > 127 ? `00${digits}` : digits, 'hex');
  if (value < 0n) for (let index = 0; index < bytes.length; index++) bytes[index] = ~(bytes[index] as number);
  return bytes;
}
