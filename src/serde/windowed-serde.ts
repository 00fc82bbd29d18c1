import { MillraceError } from '../core/millrace-error.ts';
import { readTime, TIME_BYTES, writeTime } from './time-bytes.ts';
import { nestedSerde } from './nested-serde.ts';
import type { Serde } from './serde.ts';

/**
 * The key of a row of a windowed table: the key that was grouped by, and the window.
 *
 * `start` is always part of the window. `end` is not for tumbling and hopping windows, it is for sliding windows (start +
 * difference) and for sessions (the time of the last record), and it is null for unlimited ones. Milliseconds since the epoch.
 */
export interface Windowed<K> {
  readonly key: K;
  readonly start: number;
  readonly end: number | null;
}

/** A serde of windowed keys, which knows how the keys in them are written: they alone choose the partition. */
export interface WindowedSerde<K> extends Serde<Windowed<K>> {
  readonly inner: Serde<K>;
}

/** Whether a serde is one of windowed keys. */
export function isWindowedSerde(serde: Serde<any>): serde is WindowedSerde<any> {
  return 'inner' in serde;
}

/** Windowed keys on the wire as Kafka's `TimeWindowedSerializer` writes them: the key's bytes, then the start (8 bytes). */
export function timeWindowedSerde<K>(inner: Serde<K>, endOf: (start: number) => number | null): WindowedSerde<K> {
  return Object.freeze({
    name: `time-windowed ${inner.name}`,
    inner,
    // The key is in front, and whatever follows it does not matter to its serde's preparation.
    ...nestedSerde(inner, (bytes) => [bytes]),
    serialize({ key, start }: Windowed<K>): Buffer {
      return withTimes(inner.serialize(key), start);
    },
    deserialize(bytes: Buffer): Windowed<K> {
      const at = keyLength(bytes, TIME_BYTES);
      const start = readTime(bytes, at);
      return { key: inner.deserialize(bytes.subarray(0, at)), start, end: endOf(start) };
    },
  });
}

/** Keys of sessions on the wire as Kafka's `SessionWindowedSerializer` writes them: the key's bytes, the end, the start. */
export function sessionWindowedSerde<K>(inner: Serde<K>): WindowedSerde<K> {
  return Object.freeze({
    name: `session-windowed ${inner.name}`,
    inner,
    ...nestedSerde(inner, (bytes) => [bytes]),
    serialize({ key, start, end }: Windowed<K>): Buffer {
      return withTimes(inner.serialize(key), end as number, start);
    },
    deserialize(bytes: Buffer): Windowed<K> {
      const at = keyLength(bytes, 2 * TIME_BYTES);
      const key = inner.deserialize(bytes.subarray(0, at));
      return { key, start: readTime(bytes, at + TIME_BYTES), end: readTime(bytes, at) };
    },
  });
}

function withTimes(key: Buffer, first: number, second?: number): Buffer {
  const bytes = Buffer.allocUnsafe(key.length + (second === undefined ? TIME_BYTES : 2 * TIME_BYTES));
  bytes.set(key);
  writeTime(bytes, first, key.length);
  if (second !== undefined) writeTime(bytes, second, key.length + TIME_BYTES);
  return bytes;
}

function keyLength(bytes: Buffer, timesBytes: number): number {
  if (bytes.length >= timesBytes) return bytes.length - timesBytes;
  throw new MillraceError(
    'DESERIALIZATION_FAILED',
    `Expected a windowed key of at least ${timesBytes} bytes, got ${bytes.length} bytes`,
  );
}
