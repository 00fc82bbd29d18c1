import { dayNumber, type CountedTime } from './temporal-numbers.ts';

/** Bytes of the fraction behind a temporal value of the binlog: two digits in each. */
const FRACTION_DIGITS_PER_BYTE = 2;
const TIME_BIAS = 0x80_00_00;
const DATETIME_BIAS = 0x80_00_00_00_00;
/** Values below are looked up instead of padded: every hour, minute, second, day and month. */
const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

/** Bytes of the fraction of a TIME, DATETIME or TIMESTAMP with so many fractional digits. */
export function fractionBytes(scale: number): number {
  return Math.ceil(scale / FRACTION_DIGITS_PER_BYTE);
}

/** A DATE of the row image (3 bytes) as `2024-02-29`; zero and partial dates keep their zeros. */
export function dateFromBinlog(bytes: Buffer): string {
  const packed = bytes.readUIntLE(0, 3);
  return formatDate(packed >>> 9, (packed >>> 5) & 15, packed & 31);
}

/**
 * A TIME of the row image (3 bytes and the fraction) as `-838:59:59.000000`.
 *
 * It is one biased big-endian integer over seconds and fraction together, so that a negative value carries across all of it.
 */
export function timeFromBinlog(bytes: Buffer, scale: number): string {
  const extra = fractionBytes(scale);
  const unit = 256 ** extra;
  const total = bytes.readUIntBE(0, 3 + extra) - TIME_BIAS * unit;
  const magnitude = Math.abs(total);
  const whole = Math.floor(magnitude / unit);
  const hour = (whole >>> 12) & 0x3ff;
  const clock = `${hour < 100 ? TWO_DIGITS[hour] : hour}:${TWO_DIGITS[(whole >>> 6) & 63]}:${TWO_DIGITS[whole & 63]}`;
  return (total < 0 ? '-' : '') + clock + fraction(magnitude % unit, scale);
}

/** A DATETIME of the row image (5 bytes and the fraction) as `2024-02-29T12:34:56.789`. */
export function datetimeFromBinlog(bytes: Buffer, scale: number): string {
  const packed = bytes.readUIntBE(0, 5) - DATETIME_BIAS;
  const days = Math.floor(packed / 2 ** 17);
  const clock = packed % 2 ** 17;
  const month = days >>> 5;
  const date = formatDate(Math.floor(month / 13), month % 13, days & 31);
  const time = `${TWO_DIGITS[clock >>> 12]}:${TWO_DIGITS[(clock >>> 6) & 63]}:${TWO_DIGITS[clock & 63]}`;
  return `${date}T${time}${readFraction(bytes, 5, scale)}`;
}

/** A TIMESTAMP of the row image (4 bytes and the fraction) as `2024-02-29T12:34:56.789Z`. */
export function timestampFromBinlog(bytes: Buffer, scale: number): string {
  const seconds = bytes.readUInt32BE(0);
  const whole = seconds === 0 ? '0000-00-00T00:00:00' : new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${whole}${readFraction(bytes, 4, scale)}Z`;
}

/** A DATE of the row image in days from 1970-01-01; undefined for a date that is none. */
export function daysFromBinlog(bytes: Buffer): number | undefined {
  const packed = bytes.readUIntLE(0, 3);
  return dayNumber(packed >>> 9, (packed >>> 5) & 15, packed & 31);
}

/** A TIME of the row image in microseconds. */
export function microsecondsFromBinlog(bytes: Buffer, scale: number): number {
  const extra = fractionBytes(scale);
  const unit = 256 ** extra;
  const total = bytes.readUIntBE(0, 3 + extra) - TIME_BIAS * unit;
  const magnitude = Math.abs(total);
  const whole = Math.floor(magnitude / unit);
  const seconds = ((whole >>> 12) & 0x3ff) * 3600 + ((whole >>> 6) & 63) * 60 + (whole & 63);
  const micros = seconds * 1_000_000 + (magnitude % unit) * 100 ** (3 - extra);
  return total < 0 ? -micros : micros;
}

/** A DATETIME of the row image as it is counted; undefined for a date that is none. */
export function countedFromBinlog(bytes: Buffer, scale: number): CountedTime | undefined {
  const packed = bytes.readUIntBE(0, 5) - DATETIME_BIAS;
  const days = Math.floor(packed / 2 ** 17);
  const clock = packed % 2 ** 17;
  const month = days >>> 5;
  const day = dayNumber(Math.floor(month / 13), month % 13, days & 31);
  if (day === undefined) return undefined;
  const seconds = day * 86_400 + (clock >>> 12) * 3600 + ((clock >>> 6) & 63) * 60 + (clock & 63);
  return { seconds, microseconds: fractionMicroseconds(bytes, 5, scale) };
}

/** A TIMESTAMP of the row image as it is counted; undefined for the zero one. */
export function instantFromBinlog(bytes: Buffer, scale: number): CountedTime | undefined {
  const seconds = bytes.readUInt32BE(0);
  return seconds === 0 ? undefined : { seconds, microseconds: fractionMicroseconds(bytes, 4, scale) };
}

function fractionMicroseconds(bytes: Buffer, offset: number, scale: number): number {
  const extra = fractionBytes(scale);
  return extra === 0 ? 0 : bytes.readUIntBE(offset, extra) * 100 ** (3 - extra);
}

function formatDate(year: number, month: number, day: number): string {
  return `${year < 1000 ? String(year).padStart(4, '0') : year}-${TWO_DIGITS[month]}-${TWO_DIGITS[day]}`;
}

function readFraction(bytes: Buffer, offset: number, scale: number): string {
  return scale === 0 ? '' : fraction(bytes.readUIntBE(offset, fractionBytes(scale)), scale);
}

function fraction(value: number, scale: number): string {
  if (scale === 0) return '';
  const digits = fractionBytes(scale) * FRACTION_DIGITS_PER_BYTE;
  return `.${String(value).padStart(digits, '0').slice(0, scale)}`;
}
