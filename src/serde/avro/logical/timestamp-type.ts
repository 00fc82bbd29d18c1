import { clockOfParts, dateOfDay, dayOfDate, partsOfClock, partsPerDay } from '../../calendar.ts';
import { IntegerBasedType } from './integer-based-type.ts';
import { digitsOf, withDigits } from './time-span-type.ts';

/** Of `2024-02-29`. */
const DATE_LENGTH = 'yyyy-mm-dd'.length;
const MOST_DIGITS = 9;

abstract class TimestampType extends IntegerBasedType {
  /** Fractional digits of a second that the integer counts. */
  protected abstract readonly digits: number;
  /** What is behind the clock: `Z` for an instant, nothing for a local one. */
  protected abstract readonly zone: 'Z' | '';
  /** Fractional digits that values are read with; null for all. What is behind them is 0 for who wrote them. */
  readonly #shown: number | null;

  constructor(schema: object, options: object) {
    super(schema, options);
    this.#shown = 'digits' in schema ? digitsOf(schema, MOST_DIGITS) : null;
  }

  protected override format(value: number | bigint): string | undefined {
    const perDay = partsPerDay(this.digits);
    const parts = Number(typeof value === 'bigint' ? remainder(value, BigInt(perDay)) : remainderOf(value, perDay));
    const day = typeof value === 'bigint' ? Number((value - BigInt(parts)) / BigInt(perDay)) : (value - parts) / perDay;
    const date = dateOfDay(day);
    const clock = clockOfParts(parts, this.digits);
    const shown = this.#shown === null ? clock : withDigits(clock, this.#shown);
    return date === undefined ? undefined : `${date}T${shown}${this.zone}`;
  }

  protected override parse(text: string): number | bigint | undefined {
    if (text[DATE_LENGTH] !== 'T' || text.endsWith('Z') !== (this.zone === 'Z')) return undefined;
    const day = dayOfDate(text.slice(0, DATE_LENGTH));
    const clock = partsOfClock(text.slice(DATE_LENGTH + 1, text.length - this.zone.length), this.digits);
    if (day === undefined || clock === undefined) return undefined;
    const perDay = partsPerDay(this.digits);
    const value = day * perDay + clock;
    return Number.isSafeInteger(value) ? value : BigInt(day) * BigInt(perDay) + BigInt(clock);
  }
}

/** A type of so many digits, with `Z` behind it or not: `2024-02-29T23:59:59.123Z`, the years 0 to 9999. */
function timestampType(typeDigits: number, typeZone: 'Z' | ''): new (schema: object, options: object) => TimestampType {
  return class extends TimestampType {
    protected override readonly digits = typeDigits;
    protected override readonly zone = typeZone;
  };
}

/** Avro's timestamps on long, by the name of the logical type. */
export const TIMESTAMP_TYPES = Object.freeze({
  'timestamp-millis': timestampType(3, 'Z'),
  'timestamp-micros': timestampType(6, 'Z'),
  'timestamp-nanos': timestampType(9, 'Z'),
  'local-timestamp-millis': timestampType(3, ''),
  'local-timestamp-micros': timestampType(6, ''),
  'local-timestamp-nanos': timestampType(9, ''),
});

/** As of a floor division: never negative. */
function remainderOf(value: number, divisor: number): number {
  const rest = value % divisor;
  return rest < 0 ? rest + divisor : rest;
}

function remainder(value: bigint, divisor: bigint): bigint {
  const rest = value % divisor;
  return rest < 0n ? rest + divisor : rest;
}
