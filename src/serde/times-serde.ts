import { MillraceError } from '../core/millrace-error.ts';
import type { Serde } from './serde.ts';
import { readTime, TIME_BYTES, writeTime } from './time-bytes.ts';

/** Lists of times, and of other whole numbers: eight bytes each, big-endian. Another length is DESERIALIZATION_FAILED. */
export function times(): Serde<readonly number[]> {
  return TIMES_SERDE;
}

const TIMES_SERDE: Serde<readonly number[]> = Object.freeze({
  name: 'times',
  serialize(list: readonly number[]): Buffer {
    const bytes = Buffer.allocUnsafe(list.length * TIME_BYTES);
    for (let index = 0; index < list.length; index++) writeTime(bytes, list[index] as number, index * TIME_BYTES);
    return bytes;
  },
  deserialize(bytes: Buffer): readonly number[] {
    if (bytes.length % TIME_BYTES !== 0) {
      throw new MillraceError('DESERIALIZATION_FAILED', `Expected times of 8 bytes each, got ${bytes.length} bytes`);
    }
    return Array.from({ length: bytes.length / TIME_BYTES }, (_, index) => readTime(bytes, index * TIME_BYTES));
  },
});
