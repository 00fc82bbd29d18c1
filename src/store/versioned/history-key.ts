import { TIME_BYTES, writeTime } from '../../serde/time-bytes.ts';

const LENGTH_BYTES = 4;
const VERSION = 1;
const DELETED = 2;
const EXPIRY = 3;

/*
 * The keys of a history, by their first byte: 0 the newest time of all keys; 1 a version: [length of the key][key][time];
 * 2 that the latest version of a key is a delete: [length of the key][key]; 3 when one of these goes: [time][its key].
 */

/** Where the newest time of all keys is kept. */
export const NEWEST_KEY = Buffer.from([0]);

/** The key of the version of a key that begins at a time. */
export function versionKey(key: Buffer, time: number): Buffer {
  const bytes = Buffer.allocUnsafe(1 + LENGTH_BYTES + key.length + TIME_BYTES);
  writeKey(bytes, VERSION, key);
  writeTime(bytes, time, 1 + LENGTH_BYTES + key.length);
  return bytes;
}

/** The key that says when a key was deleted, while that is its latest version. */
export function deletedKey(key: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(1 + LENGTH_BYTES + key.length);
  writeKey(bytes, DELETED, key);
  return bytes;
}

/** The key that says when another goes; without one, where those of a time begin. */
export function expiryKey(time: number, of: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.allocUnsafe(1 + TIME_BYTES + of.length);
  bytes[0] = EXPIRY;
  writeTime(bytes, time, 1);
  bytes.set(of, 1 + TIME_BYTES);
  return bytes;
}

/** The key of which an expiry key tells. */
export function expiringKey(expiry: Buffer): Buffer {
  return expiry.subarray(1 + TIME_BYTES);
}

function writeKey(bytes: Buffer, kind: number, key: Buffer): void {
  bytes[0] = kind;
  bytes.writeUInt32BE(key.length, 1);
  bytes.set(key, 1 + LENGTH_BYTES);
}
