import type protobuf from 'protobufjs';
import { clockOfParts, dateOfDay, dayOfDate, partsOfClock } from '../calendar.ts';
import type { ProtoMessage } from './field-codec.ts';
import { unreadable, unwritable } from './misfit.ts';
import type { ValueCodec } from './scalar-codecs.ts';

const SECONDS_PER_DAY = 86_400;
const NANO_DIGITS = 9;
const MAX_DURATION_SECONDS = 315_576_000_000;

/**
 * The codec of a type of Google's that has a plainer form than its message, as Protobuf's JSON mapping has it:
 * `google.protobuf.Timestamp` is `2024-02-29T23:59:59.123Z` with 0, 3, 6 or 9 digits, `Duration` `1.500s`, and the wrappers
 * (`Int64Value`, ...) what is in them, absent when they are. Undefined for other types.
 */
export function wellKnownCodec(type: protobuf.Type, message: ValueCodec): ValueCodec | undefined {
  const name = type.fullName;
  if (name === '.google.protobuf.Timestamp') return convertedCodec(message, timestampOf, timestampText);
  if (name === '.google.protobuf.Duration') return convertedCodec(message, durationOf, durationText);
  if (/^\.google\.protobuf\.(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/.test(name)) {
    return convertedCodec(
      message,
      (value) => ({ value }),
      (wrapper) => wrapper['value'],
    );
  }
  return undefined;
}

function convertedCodec(
  message: ValueCodec,
  toMessage: (value: unknown) => ProtoMessage,
  ofMessage: (message: ProtoMessage) => unknown,
): ValueCodec {
  return {
    wireType: message.wireType,
    zero: undefined,
    isZero: () => false,
    write: (writer, value) => message.write(writer, toMessage(value)),
    read: (reader) => ofMessage(message.read(reader) as ProtoMessage),
  };
}

function timestampOf(value: unknown): ProtoMessage {
  const [date, clock] = typeof value === 'string' && value.endsWith('Z') ? value.slice(0, -1).split('T') : [];
  const day = dayOfDate(date ?? '');
  const [whole = '', fraction = ''] = (clock ?? '').split('.');
  const seconds = partsOfClock(whole, 0);
  if (day === undefined || seconds === undefined || !/^\d{0,9}$/.test(fraction) || clock?.endsWith('.') === true) {
    throw unwritable('what is not a timestamp like 2024-02-29T23:59:59.123Z');
  }
  return { seconds: day * SECONDS_PER_DAY + seconds, nanos: Number(fraction.padEnd(NANO_DIGITS, '0')) };
}

function timestampText({ seconds, nanos }: ProtoMessage): string {
  const day = Math.floor((seconds as number) / SECONDS_PER_DAY);
  const date = typeof seconds === 'number' ? dateOfDay(day) : undefined;
  if (date === undefined || !isNanos(nanos, 0)) throw unreadable('a timestamp outside the years 0 to 9999');
  const clock = clockOfParts((seconds as number) - day * SECONDS_PER_DAY, 0);
  return `${date}T${clock}${fractionText(nanos as number)}Z`;
}

function durationOf(value: unknown): ProtoMessage {
  const [, sign, seconds, fraction = ''] =
    (typeof value === 'string' && /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(value)) || [];
  if (seconds === undefined || Number(seconds) > MAX_DURATION_SECONDS) {
    throw unwritable('what is not a duration like 1.500s');
  }
  const factor = sign === '-' ? -1 : 1;
  // Adding 0 makes 0 of -0.
  return { seconds: factor * Number(seconds) + 0, nanos: factor * Number(fraction.padEnd(NANO_DIGITS, '0')) + 0 };
}

function durationText({ seconds, nanos }: ProtoMessage): string {
  const isNegative = (seconds as number) < 0 || (nanos as number) < 0;
  const isMixed = isNegative && ((seconds as number) > 0 || (nanos as number) > 0);
  const isInRange = typeof seconds === 'number' && Math.abs(seconds) <= MAX_DURATION_SECONDS;
  if (!isInRange || isMixed || !isNanos(nanos, -1)) throw unreadable('a duration that is out of range');
  return `${isNegative ? '-' : ''}${Math.abs(seconds)}${fractionText(Math.abs(nanos as number))}s`;
}

function isNanos(nanos: unknown, sign: 0 | -1): boolean {
  return (nanos as number) < 1e9 && (nanos as number) > (sign === 0 ? -1 : -1e9);
}

/** With 0, 3, 6 or 9 digits, as many as are needed. */
function fractionText(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(NANO_DIGITS, '0');
  return `.${digits.replace(/(?:000){1,2}$/, '')}`;
}
