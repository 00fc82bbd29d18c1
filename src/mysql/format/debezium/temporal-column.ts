import { MillraceError } from '../../../core/millrace-error.ts';
import type { ColumnSchema } from '../../schema/column-schema.ts';
import type { TemporalMode } from './debezium-options.ts';
import type { ValueType } from './value-type.ts';
import { type CountedTime, countedTimeOf, daysOf, durationOf, inUnits } from '../../values/temporal-numbers.ts';

/** What a temporal column is written by. */
export interface TemporalColumnOptions {
  readonly mode: TemporalMode;
  readonly isNullable: boolean;
  /** `database.table.column`, for messages. */
  readonly fullName: string;
}

const EPOCH: CountedTime = { seconds: 0, microseconds: 0 };
const DAY_MICROSECONDS = 86_400_000_000;

/**
 * The type of a DATE, TIME, DATETIME, TIMESTAMP or YEAR; undefined for other columns.
 *
 * A zero, partial or impossible date is no date in any calendar: it is null, or the epoch in a column that has no NULL.
 */
export function temporalColumn(column: ColumnSchema, options: TemporalColumnOptions): ValueType | undefined {
  switch (column.type) {
    case 'year':
      return { schema: { type: 'int32', name: 'io.debezium.time.Year' } };
    case 'date':
      return date(options);
    case 'time':
      return time(options);
    case 'datetime':
      return datetime(column.scale, options);
    case 'timestamp':
      return timestamp(column.scale, options);
    default:
      return undefined;
  }
}

function date({ mode, isNullable }: TemporalColumnOptions): ValueType {
  const none = isNullable ? 'null' : '0';
  if (mode === 'isostring') {
    const noDate = isNullable ? 'null' : '"1970-01-01Z"';
    const convert = (text: string) => (daysOf(text.slice(1, -1)) === undefined ? noDate : `${text.slice(0, -1)}Z"`);
    return { schema: { type: 'string', name: 'io.debezium.time.IsoDate' }, convert };
  }
  const name = mode === 'connect' ? 'org.apache.kafka.connect.data.Date' : 'io.debezium.time.Date';
  return { schema: { type: 'int32', name }, convert: (text) => String(daysOf(text.slice(1, -1)) ?? none) };
}

function time({ mode, fullName }: TemporalColumnOptions): ValueType {
  const duration = (text: string) => durationOf(text.slice(1, -1));
  switch (mode) {
    case 'connect':
      return {
        schema: { type: 'int32', name: 'org.apache.kafka.connect.data.Time' },
        convert: (text) => String(Math.floor(withinDay(duration(text), fullName) / 1000)),
      };
    case 'isostring':
      return {
        schema: { type: 'string', name: 'io.debezium.time.IsoTime' },
        convert: (text) => {
          withinDay(duration(text), fullName);
          return `${text.slice(0, -1)}Z"`;
        },
      };
    case 'nanoseconds':
      return {
        schema: { type: 'int64', name: 'io.debezium.time.NanoTime' },
        convert: (text) => (text === '"00:00:00"' ? '0' : String(BigInt(duration(text)) * 1000n)),
      };
    default:
      return {
        schema: { type: 'int64', name: 'io.debezium.time.MicroTime' },
        convert: (text) => String(duration(text)),
      };
  }
}

/** A TIME of MySQL may be a duration; a time of day is all that these modes can hold. */
function withinDay(microseconds: number, column: string): number {
  if (microseconds >= 0 && microseconds < DAY_MICROSECONDS) return microseconds;
  throw new MillraceError(
    'MYSQL_VALUE_UNREPRESENTABLE',
    `Expected the values of ${column} to be times of day for this time.precision.mode, got a duration: set time.precision.mode to adaptive_time_microseconds`,
    { context: { column } },
  );
}

function datetime(scale: number, { mode, isNullable }: TemporalColumnOptions): ValueType {
  if (mode === 'isostring') {
    const none = isNullable ? 'null' : '"1970-01-01T00:00:00Z"';
    return {
      schema: { type: 'string', name: 'io.debezium.time.IsoTimestamp' },
      convert: (text) => (countedTimeOf(text.slice(1, -1)) === undefined ? none : `${text.slice(0, -1)}Z"`),
    };
  }
  const { name, power } = countedType(scale, mode);
  const none = isNullable ? 'null' : inUnits(EPOCH, power);
  const convert = (text: string) => {
    const counted = countedTimeOf(text.slice(1, -1));
    return counted === undefined ? none : inUnits(counted, power);
  };
  return { schema: { type: 'int64', name }, convert };
}

function countedType(scale: number, mode: TemporalMode): { readonly name: string; readonly power: 1 | 2 | 3 } {
  if (mode === 'connect') return { name: 'org.apache.kafka.connect.data.Timestamp', power: 1 };
  if (mode === 'nanoseconds') return { name: 'io.debezium.time.NanoTimestamp', power: 3 };
  if (mode === 'microseconds' || scale > 3) return { name: 'io.debezium.time.MicroTimestamp', power: 2 };
  return { name: 'io.debezium.time.Timestamp', power: 1 };
}

/** The row format's text already is what Debezium writes; only the zero TIMESTAMP is none. */
function timestamp(scale: number, { isNullable }: TemporalColumnOptions): ValueType {
  const fraction = scale === 0 ? '' : `.${'0'.repeat(scale)}`;
  const none = isNullable ? 'null' : `"1970-01-01T00:00:00${fraction}Z"`;
  return {
    schema: { type: 'string', name: 'io.debezium.time.ZonedTimestamp' },
    convert: (text) => (text.startsWith('"0000') ? none : text),
  };
}
