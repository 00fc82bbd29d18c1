import { MillraceError } from '../core/millrace-error.ts';
import { nestedSerde } from '../serde/nested-serde.ts';
import type { Serde } from '../serde/serde.ts';
import { readTime, TIME_BYTES, writeTime } from '../serde/time-bytes.ts';
import type { Windowed, WindowedSerde } from '../serde/windowed-serde.ts';

const LENGTH_BYTES = 4;

/*
 * The key of a window in its store is the length of the key (32 bits), the key, and the window's times: start, or end and
 * start of a session. With the length in front no key's windows lie among those of another, so that a range of one key's
 * windows is exact. The index has the times in front: it is ordered by time, then key.
 */

/** The key of a window that is told by its start. */
export function timeWindowKey(key: Buffer, start: number): Buffer {
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + key.length + TIME_BYTES);
  bytes.writeUInt32BE(key.length, 0);
  bytes.set(key, LENGTH_BYTES);
  writeTime(bytes, start, LENGTH_BYTES + key.length);
  return bytes;
}

/** The key of a session. */
export function sessionKey(key: Buffer, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + key.length + 2 * TIME_BYTES);
  bytes.writeUInt32BE(key.length, 0);
  bytes.set(key, LENGTH_BYTES);
  writeTime(bytes, end, LENGTH_BYTES + key.length);
  writeTime(bytes, start, LENGTH_BYTES + key.length + TIME_BYTES);
  return bytes;
}

/** The key of a window in the index, made of its key in the store. */
export function indexKeyOf(windowKey: Buffer): Buffer {
  const timesAt = LENGTH_BYTES + windowKey.readUInt32BE(0);
  const bytes = Buffer.allocUnsafe(windowKey.length - LENGTH_BYTES);
  windowKey.copy(bytes, 0, timesAt);
  windowKey.copy(bytes, windowKey.length - timesAt, LENGTH_BYTES, timesAt);
  return bytes;
}

/** The key of a window in the store, made of its key in the index, which begins with so many bytes of times. */
export function windowKeyOf(indexKey: Buffer, timesBytes: number): Buffer {
  const keyLength = indexKey.length - timesBytes;
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + indexKey.length);
  bytes.writeUInt32BE(keyLength, 0);
  indexKey.copy(bytes, LENGTH_BYTES, timesBytes);
  indexKey.copy(bytes, LENGTH_BYTES + keyLength, 0, timesBytes);
  return bytes;
}

/** The start of a window that is told by its start. */
function startOf(windowKey: Buffer): number {
  return readTime(windowKey, windowKey.length - TIME_BYTES);
}

/** The end of a session. */
function sessionEndOf(windowKey: Buffer): number {
  return readTime(windowKey, windowKey.length - 2 * TIME_BYTES);
}

/** The key and the times of a window: its start, or the end and the start of a session. */
export function timesOf(windowKey: Buffer, times: 1 | 2): { key: Buffer; first: number; second: number | null } {
  const at = windowKey.length - times * TIME_BYTES;
  const second = times === 1 ? null : readTime(windowKey, at + TIME_BYTES);
  return { key: windowKey.subarray(LENGTH_BYTES, at), first: readTime(windowKey, at), second };
}

/** Windowed keys as their store has them; `endOf` tells the end of a window from its start. */
export function timeWindowKeySerde<K>(inner: Serde<K>, endOf: (start: number) => number | null): WindowedSerde<K> {
  return Object.freeze({
    name: `window of ${inner.name}`,
    inner,
    ...nestedSerde(inner, (bytes) => [bytes.subarray(LENGTH_BYTES)]),
    serialize: ({ key, start }: Windowed<K>): Buffer => timeWindowKey(inner.serialize(key), start),
    deserialize(bytes: Buffer): Windowed<K> {
      const key = inner.deserialize(keyBytesOf(bytes, TIME_BYTES));
      const start = startOf(bytes);
      return { key, start, end: endOf(start) };
    },
  });
}

/** Keys of sessions as their store has them. */
export function sessionKeySerde<K>(inner: Serde<K>): WindowedSerde<K> {
  return Object.freeze({
    name: `session of ${inner.name}`,
    inner,
    ...nestedSerde(inner, (bytes) => [bytes.subarray(LENGTH_BYTES)]),
    serialize: ({ key, start, end }: Windowed<K>): Buffer => sessionKey(inner.serialize(key), start, end as number),
    deserialize(bytes: Buffer): Windowed<K> {
      const key = inner.deserialize(keyBytesOf(bytes, 2 * TIME_BYTES));
      return { key, start: startOf(bytes), end: sessionEndOf(bytes) };
    },
  });
}

function keyBytesOf(windowKey: Buffer, timesBytes: number): Buffer {
  const length = windowKey.length < LENGTH_BYTES ? -1 : windowKey.readUInt32BE(0);
  if (length + LENGTH_BYTES + timesBytes === windowKey.length)
    return windowKey.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  throw new MillraceError(
    'DESERIALIZATION_FAILED',
    `Expected the key of a window, got ${windowKey.length} bytes that are none`,
  );
}
