/**
 * How keys and values are kept in LevelDB: as text of one character per byte, which LevelDB gets as UTF-8.
 *
 * A Buffer that comes out of a native module costs about 2 µs, a string a tenth of it: a scan takes half the CPU this way,
 * and gets and puts no more. ASCII stays as it is; bytes from 0x80 up take two. UTF-8 orders text by code point, so keys
 * stay in the order of their unsigned bytes. And no text of bytes has a character above 0xff: whatever begins with one is
 * Millrace's own, and comes after all keys.
 */
export const AFTER_ALL_KEYS = '\u0100';

/** Where the position of an engine is kept. */
export const POSITION_KEY = `${AFTER_ALL_KEYS}position`;

/** The text of bytes. */
export function textOf(bytes: Buffer): string {
  return bytes.toString('latin1');
}

/** The bytes of a text. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** A key as LevelDB has it. Short keys are ASCII more often than not. */
export function storedKeyOf(key: Buffer): Buffer {
  for (let index = 0; index < key.length; index++) {
    if ((key[index] as number) > 0x7f) return Buffer.from(textOf(key), 'utf8');
  }
  return key;
}
