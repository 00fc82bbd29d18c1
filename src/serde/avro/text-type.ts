import { isUtf8 } from 'node:buffer';
import { type InternalType, type InvalidHook, type Resolver, StringType, type Tap } from './extensible-types.ts';
import { unreadable, unwritable } from './misfit.ts';

const REPLACEMENT = '\ufffd';

/**
 * Avro's `string`: UTF-8 that is valid both ways. avsc's own replaces what is not, a half of a surrogate pair or stray bytes,
 * by U+FFFD and says nothing.
 */
export class TextType extends StringType {
  override _check(value: unknown, _flags: unknown, hook?: InvalidHook): boolean {
    const fits = typeof value === 'string' && value.isWellFormed();
    if (!fits && hook !== undefined) hook(value, this);
    return fits;
  }

  override _read(tap: Tap): string {
    const { pos } = tap;
    // Undefined beyond the end of the buffer, which the caller sees.
    const text = tap.readString() as string;
    if (text !== undefined && text.includes(REPLACEMENT)) mustBeUtf8(tap, pos);
    return text;
  }

  override _write(tap: Tap, value: unknown): void {
    if (typeof value !== 'string') throw unwritable('not a string');
    if (!value.isWellFormed()) throw unwritable('a string with half of a surrogate pair');
    tap.writeString(value);
  }

  override _update(resolver: Resolver, writer: InternalType): void {
    if (writer.typeName === 'string' || writer.typeName === 'bytes') resolver._read = (tap) => this._read(tap);
  }
}

function mustBeUtf8(tap: Tap, start: number): void {
  const bytes = tap.buf.subarray(start, tap.pos);
  // The length in front is a varint and may hold any byte with its high bit set.
  let text = 0;
  while (((bytes[text] as number) & 0x80) !== 0) text++;
  const written = bytes.subarray(text + 1);
  if (!isUtf8(written)) throw unreadable('a string that is not UTF-8');
}
