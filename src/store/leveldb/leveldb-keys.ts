/**
 * Room for Millrace's own keys beside those of the user, at no cost to the latter.
 *
 * A user key k is stored as itself, unless it starts with the reserved prefix R: then as R 01 and the rest of k. No user
 * key is ever stored as R 00 and something: there the position is. The mapping keeps the order of keys: two keys that
 * start with R keep their rests' order behind the same bytes; and a key that does not start with R differs from R, and so
 * from R 01, at the same byte, or is shorter than R. Nearly every key costs the look at its first byte.
 */
const RESERVED = Buffer.from([0xff, 0xfe, 0x6d, 0x69, 0x6c, 0x6c, 0x72, 0x61, 0x63, 0x65]);
const ESCAPED = Buffer.concat([RESERVED, Buffer.from([1])]);

/** Where the position of an engine is kept. */
export const POSITION_KEY = Buffer.concat([RESERVED, Buffer.from([0]), Buffer.from('position')]);

/** The stored form of a user key. */
export function toStoredKey(key: Buffer): Buffer {
  if (key[0] !== RESERVED[0] || !startsWith(key, RESERVED)) return key;
  return Buffer.concat([ESCAPED, key.subarray(RESERVED.length)]);
}

/** The user key of a stored one; null for a key of Millrace's own. */
export function fromStoredKey(stored: Buffer): Buffer | null {
  if (stored[0] !== RESERVED[0] || !startsWith(stored, RESERVED)) return stored;
  if (stored[RESERVED.length] !== 1) return null;
  return Buffer.concat([RESERVED, stored.subarray(ESCAPED.length)]);
}

function startsWith(key: Buffer, prefix: Buffer): boolean {
  return key.length >= prefix.length && key.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}
