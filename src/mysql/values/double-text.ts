/** Decimal exponents up to which MySQL writes a double without an exponent (`DBL_DIG` in `my_gcvt`). */
const MAX_PLAIN_DIGITS = 15;

/**
 * A double as MySQL writes it inside a JSON document: the shortest digits that read back to the same number, `.0` behind a
 * whole number, an exponent where there are more than 15 places before the point, unless digits follow it, or 15 zeros behind
 * it. Source: `my_gcvt` and `Json_wrapper::to_string` of the server.
 */
export function doubleToMysqlJson(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const scientific = Math.abs(value).toExponential();
  const mark = scientific.indexOf('e');
  const digits = scientific.slice(0, mark).replace('.', '');
  const point = Number(scientific.slice(mark + 1)) + 1;
  const sign = value < 0 ? '-' : '';
  if ((point > MAX_PLAIN_DIGITS && digits.length <= point) || point < 1 - MAX_PLAIN_DIGITS) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${fraction}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return `${sign}${digits}${'0'.repeat(point - digits.length)}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A DOUBLE as JSON text: JavaScript's shortest digits, and the sign of a negative zero kept. */
export function doubleToJson(value: number): string {
  return value === 0 && Object.is(value, -0) ? '-0' : String(value);
}

/** A FLOAT as JSON text: the shortest digits that read back to the same 32-bit number. */
export function floatToJson(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) <= 16_777_216) return doubleToJson(value);
  for (let precision = 6; precision <= 9; precision++) {
    const short = Number(value.toPrecision(precision));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}
