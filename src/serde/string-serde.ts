import { isUtf8 } from 'node:buffer';
import { MillraceError } from '../core/millrace-error.ts';
import { notSerializable } from './serde-error.ts';
import type { Serde } from './serde.ts';

/**
 * Strings in UTF-8, as Kafka's StringSerializer writes them. A string with half of a surrogate pair has no UTF-8 and is
 * SERIALIZATION_FAILED; bytes that are not UTF-8 are DESERIALIZATION_FAILED.
 */
export function string(): Serde<string> {
  return STRING_SERDE;
}

const STRING_SERDE: Serde<string> = Object.freeze({
  name: 'string',
  serialize(value: string): Buffer {
    if (typeof value !== 'string') throw notSerializable('a string', value);
    if (!value.isWellFormed()) {
      throw new MillraceError(
        'SERIALIZATION_FAILED',
        'Expected a string of whole characters, got one with half a surrogate pair',
      );
    }
    return Buffer.from(value);
  },
  deserialize(bytes: Buffer): string {
    const text = bytes.toString('utf8');
    // Invalid UTF-8 is decoded to U+FFFD: only a text that has one needs the check of its bytes.
    if (text.includes('\ufffd') && !isUtf8(bytes)) {
      throw new MillraceError('DESERIALIZATION_FAILED', `Expected UTF-8, got ${bytes.length} bytes that are not`);
    }
    return text;
  },
});
