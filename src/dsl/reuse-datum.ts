import { datumOf } from '../processor/stream-record.ts';
import type { Datum } from '../serde/datum.ts';

/**
 * The datum of what user code returned: the one it was given where it returned that unchanged, so that the bytes are kept,
 * else a new one; none for null. `given` must have been read already.
 */
export function reuseDatum<T>(value: T, given: Datum<any> | null): Datum<NonNullable<T>> | null {
  return given !== null && Object.is(value, given.value) ? given : datumOf(value);
}
