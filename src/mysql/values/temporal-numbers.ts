const SECONDS_PER_DAY = 86_400;
const MONTH_DAYS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A DATETIME as it is counted: seconds from 1970-01-01T00:00:00, and the microseconds within the second. */
export interface CountedTime {
  readonly seconds: number;
  readonly microseconds: number;
}

/** Days from 1970-01-01 to `2024-02-29`, in the Gregorian calendar throughout; undefined for a date that is none. */
export function daysOf(text: string): number | undefined {
  return dayNumber(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)));
}

/** The same of a date in numbers. */
export function dayNumber(year: number, month: number, day: number): number | undefined {
  if (month < 1 || day < 1 || day > lastDayOf(year, month)) return undefined;
  // Years begin in March, so that the day that may be missing is the last one of a year.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** `2024-02-29T12:34:56.789` as it is counted; undefined for a date that is none. */
export function countedTimeOf(text: string): CountedTime | undefined {
  const days = daysOf(text);
  if (days === undefined) return undefined;
  const clock = Number(text.slice(11, 13)) * 3600 + Number(text.slice(14, 16)) * 60 + Number(text.slice(17, 19));
  return { seconds: days * SECONDS_PER_DAY + clock, microseconds: microsecondsOf(text.slice(20)) };
}

/** `-838:59:59.000000` in microseconds. */
export function durationOf(text: string): number {
  const isNegative = text.startsWith('-');
  const [clock = '', fraction = ''] = (isNegative ? text.slice(1) : text).split('.');
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  const magnitude = (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + microsecondsOf(fraction);
  return isNegative ? 0 - magnitude : magnitude;
}

/** In units of which a second has `1000 ** power`, as digits: beyond 2^53 too. What is finer is cut off towards the past. */
export function inUnits({ seconds, microseconds }: CountedTime, power: 1 | 2 | 3): string {
  if (power === 1) return String(seconds * 1000 + Math.floor(microseconds / 1000));
  const micros = BigInt(seconds) * 1_000_000n + BigInt(microseconds);
  return String(power === 2 ? micros : micros * 1000n);
}

function microsecondsOf(fraction: string): number {
  return fraction === '' ? 0 : Number(fraction.replace('Z', '').padEnd(6, '0'));
}

function lastDayOf(year: number, month: number): number {
  if (month > 12) return 0;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] as number);
}
