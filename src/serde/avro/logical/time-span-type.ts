import { schemaMisfit } from '../misfit.ts';
import { clockOfParts } from '../../calendar.ts';
import { IntegerBasedType } from './integer-based-type.ts';

const MICROSECOND_DIGITS = 6;
const SPAN = /^(-?)(\d{2,}):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?$/;

/**
 * `time-span-micros` on long: a length of time, or a time of day, in microseconds, as MySQL's TIME prints it:
 * `-838:59:59.000000`, with as many fractional digits as the attribute `digits` says.
 */
export class TimeSpanType extends IntegerBasedType {
  readonly digits: number;

  constructor(schema: object, options: object) {
    super(schema, options);
    this.digits = digitsOf(schema, MICROSECOND_DIGITS);
  }

  protected override format(value: number | bigint): string {
    const micros = Number(value);
    const clock = clockOfParts(Math.abs(micros), MICROSECOND_DIGITS);
    return (micros < 0 ? '-' : '') + withDigits(clock, this.digits);
  }

  protected override parse(text: string): number | undefined {
    const [, sign, hours = '', minutes = '', seconds = '', fraction = ''] = SPAN.exec(text) ?? [];
    if (sign === undefined) return undefined;
    const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    const micros = whole * 1_000_000 + Number(fraction.padEnd(MICROSECOND_DIGITS, '0'));
    if (!Number.isSafeInteger(micros)) return undefined;
    return sign === '-' && micros > 0 ? -micros : micros;
  }
}

/** The attribute `digits`: fractional digits that values are read with; `most` when it is not there. */
export function digitsOf(schema: object, most: number): number {
  const { digits = most } = schema as { readonly digits?: unknown };
  if (Number.isInteger(digits) && (digits as number) >= 0 && (digits as number) <= most) return digits as number;
  throw schemaMisfit(`${String(digits)} digits, where there are at most ${most}`);
}

/** `12:34:56.789000` with only so many digits behind the point. */
export function withDigits(clock: string, digits: number): string {
  const point = clock.indexOf('.');
  if (point < 0 || clock.length === point + 1 + digits) return clock;
  return digits === 0 ? clock.slice(0, point) : clock.slice(0, point + 1 + digits);
}
