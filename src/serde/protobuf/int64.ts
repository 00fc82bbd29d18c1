import type protobuf from 'protobufjs';
import { MillraceError } from '../../core/millrace-error.ts';
import type { BigintReading } from '../json-integers.ts';
import type { Halves } from './halves.ts';
import { unwritable } from './misfit.ts';

/** A 64-bit integer as it is given: a number where it is safe, else a bigint, or digits. */
export type Integer64 = number | bigint | string;

/** A 64-bit integer as protobufjs has it. */
type Long = ReturnType<protobuf.Reader['int64']>;

const HIGH = 4_294_967_296;
const DIGITS = /^-?\d{1,20}$/;

/** The integer of two halves: a number where it is safe, else what `bigint` says. Throws INTEGER_UNSAFE. */
export function integerOfHalves(
  { low, high }: Halves,
  { isUnsigned, bigint }: { readonly isUnsigned: boolean; readonly bigint: BigintReading },
): Integer64 {
  const value = (isUnsigned ? high >>> 0 : high) * HIGH + (low >>> 0);
  if (Number.isSafeInteger(value)) return value;
  if (bigint === 'error') {
    throw new MillraceError('INTEGER_UNSAFE', 'Expected integers within ±(2^53 - 1), got one outside');
  }
  const exact = (BigInt(isUnsigned ? high >>> 0 : high) << 32n) + BigInt(low >>> 0);
  return bigint === 'bigint' ? exact : exact.toString();
}

/** What protobufjs writes of an integer exactly. Throws SERIALIZATION_FAILED for what is none of 64 bits. */
export function halvesOfInteger(value: unknown, isUnsigned: boolean): number | Long {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw unwritable('a number that is no safe integer');
    if (isUnsigned && value < 0) throw unwritable('a negative number');
    return value;
  }
  const exact = exactInteger(value);
  if (exact !== (isUnsigned ? BigInt.asUintN(64, exact) : BigInt.asIntN(64, exact))) {
    throw unwritable('an integer of more than 64 bits');
  }
  // protobufjs takes the halves from here, whatever else a Long is.
  const halves = {
    low: Number(exact & 0xffff_ffffn),
    high: Number((exact >> 32n) & 0xffff_ffffn),
    unsigned: isUnsigned,
  };
  return halves as Long;
}

function exactInteger(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string' && DIGITS.test(value)) return BigInt(value);
  throw unwritable('what is no integer');
}
