import { MillraceError } from '../../../core/millrace-error.ts';
import type { ColumnSchema } from '../../schema/column-schema.ts';
import { countedFromBinlog, daysFromBinlog, instantFromBinlog, microsecondsFromBinlog } from '../../values/temporal.ts';
import { type CountedTime, countedTimeOf, daysOf, durationOf } from '../../values/temporal-numbers.ts';
import type { AvroBytes } from './avro-bytes.ts';
import type { AvroCell } from './avro-cell.ts';

/** Seconds whose microseconds are safe integers: until the year 2255. */
const EXACT_SECONDS = 9_000_000_000;

/**
 * The writer of a DATE, TIME, DATETIME or TIMESTAMP; undefined for other columns. Microseconds whatever the digits are, so that
 * more or fewer of them are no other schema to those who read. A date that no calendar has cannot be written.
 */
export function temporalCell(column: ColumnSchema): AvroCell | undefined {
  const { type, scale } = column;
  switch (type) {
    case 'date':
      return {
        type: { type: 'int', logicalType: 'date' },
        fromText: (to, bytes) => to.long(daysOf(latin1(bytes)) ?? impossible(column)),
        fromBinlog: (to, value) => to.long(daysFromBinlog(value as Buffer) ?? impossible(column)),
      };
    case 'time':
      return {
        type: { type: 'long', logicalType: 'time-span-micros', digits: scale },
        fromText: (to, bytes) => to.long(durationOf(latin1(bytes))),
        fromBinlog: (to, value) => to.long(microsecondsFromBinlog(value as Buffer, scale)),
      };
    case 'datetime':
      return {
        type: { type: 'long', logicalType: 'local-timestamp-micros', digits: scale },
        fromText: (to, bytes) => writeMicros(to, countedTimeOf(latin1(bytes)) ?? impossible(column)),
        fromBinlog: (to, value) => writeMicros(to, countedFromBinlog(value as Buffer, scale) ?? impossible(column)),
      };
    case 'timestamp':
      return {
        type: { type: 'long', logicalType: 'timestamp-micros', digits: scale },
        fromText: (to, bytes) => writeMicros(to, countedTimeOf(latin1(bytes)) ?? impossible(column)),
        fromBinlog: (to, value) => writeMicros(to, instantFromBinlog(value as Buffer, scale) ?? impossible(column)),
      };
    default:
      return undefined;
  }
}

function writeMicros(to: AvroBytes, { seconds, microseconds }: CountedTime): void {
  if (seconds < EXACT_SECONDS && seconds > -EXACT_SECONDS) to.long(seconds * 1_000_000 + microseconds);
  else to.wideLong(BigInt(seconds) * 1_000_000n + BigInt(microseconds));
}

function impossible(column: ColumnSchema): never {
  throw new MillraceError(
    'MYSQL_VALUE_UNREPRESENTABLE',
    `Expected the values of column "${column.name}" to be dates that the calendar has, got a zero, partial or impossible one: correct it, or capture with rowEncoding json`,
    { context: { column: column.name } },
  );
}

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1');
}
