const MS_PER_DAY = 86_400_000;
const DATE = /^(-?\d{4,6})-(\d{2})-(\d{2})$/;

/** A day since 1970-01-01 in the proleptic Gregorian calendar as `2024-02-29`. Undefined outside the years 0 to 9999. */
export function dateOfDay(day: number): string | undefined {
  const date = new Date(day * MS_PER_DAY);
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999 ? date.toISOString().slice(0, 10) : undefined;
}

/** The day since 1970-01-01 of `2024-02-29`. Undefined for what is no day of the calendar. */
export function dayOfDate(text: string): number | undefined {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || year.length !== 4) return undefined;
  const ms = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  // Some days that are not in the month count on into the next.
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) return undefined;
  return ms / MS_PER_DAY;
}

const CLOCK = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?$/;
const SECONDS_PER_DAY = 86_400;

/** The time of a day in parts of a second, `10 ** digits` of them, as `23:59:59.123`. */
export function clockOfParts(parts: number, digits: number): string {
  const unit = 10 ** digits;
  const seconds = Math.floor(parts / unit);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const clock = `${two(hours)}:${two(minutes)}:${two(seconds % 60)}`;
  return digits === 0 ? clock : `${clock}.${String(parts % unit).padStart(digits, '0')}`;
}

/** `23:59:59.123` in parts of a second. Undefined for what is no time of a day, or has more digits than the parts. */
export function partsOfClock(text: string, digits: number): number | undefined {
  const [, hours, minutes, seconds, fraction = ''] = CLOCK.exec(text) ?? [];
  if (hours === undefined || fraction.length > digits) return undefined;
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (whole >= SECONDS_PER_DAY) return undefined;
  return whole * 10 ** digits + Number(fraction.padEnd(digits, '0') || 0);
}

/** Parts of a second in a day. */
export function partsPerDay(digits: number): number {
  return SECONDS_PER_DAY * 10 ** digits;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
