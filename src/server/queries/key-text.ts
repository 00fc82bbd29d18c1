import { MillraceError } from '../../core/millrace-error.ts';
import { parseExactly } from '../../serde/json-integers.ts';
import type { Serde } from '../../serde/serde.ts';

/** How keys are written in paths and parameters. */
export type KeyEncoding = 'json' | 'text' | 'base64';

/** A key of a query, and its bytes. */
export interface QueryKey {
  readonly value: unknown;
  readonly bytes: Buffer;
}

/**
 * Reads a key: JSON of its value, a string without quotes (`text`), or its serialized bytes in base64. In JSON, digits (also
 * in quotes) may stand for a bigint and base64 for bytes, as answers have them. Throws QUERY_INVALID.
 */
export function readKey(text: string, encoding: KeyEncoding, serde: Serde<any>): QueryKey {
  if (encoding === 'base64') {
    const bytes = base64Bytes(text);
    return { bytes, value: attempt(() => serde.deserialize(bytes)) ?? fail(serde, encoding) };
  }
  const given = encoding === 'text' ? text : parse(text);
  for (const value of readings(given)) {
    const bytes = attempt(() => serde.serialize(value));
    if (bytes !== undefined) return { value, bytes };
  }
  return fail(serde, encoding);
}

/** Reads the first bytes of keys: UTF-8 text, or base64. Throws QUERY_INVALID. */
export function readPrefix(text: string, encoding: KeyEncoding): Buffer {
  return encoding === 'base64' ? base64Bytes(text) : Buffer.from(text);
}

/** What a value of JSON may stand for, the likeliest first. */
function readings(given: unknown): unknown[] {
  const values = [given];
  if (typeof given === 'number' && Number.isInteger(given)) values.push(BigInt(given));
  if (typeof given === 'string' && /^-?\d+$/.test(given)) values.push(BigInt(given));
  if (typeof given === 'string') values.push(Buffer.from(given, 'base64'));
  return values;
}

function parse(text: string): unknown {
  try {
    return parseExactly(text, 'bigint');
  } catch {
    throw new MillraceError(
      'QUERY_INVALID',
      'Expected the key to be JSON (a string has its quotes), got something else; ?keyEncoding=text takes a string as it is',
    );
  }
}

function base64Bytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const isWhole = bytes.toString('base64url') === text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  if (isWhole) return bytes;
  throw new MillraceError('QUERY_INVALID', 'Expected the key to be base64, got something else');
}

function fail(serde: Serde<any>, encoding: KeyEncoding): never {
  throw new MillraceError(
    'QUERY_INVALID',
    `Expected a key that the store's serde (${serde.name}) can write, got another (read as ${encoding})`,
  );
}

/** The result of a step, or undefined where it throws: serdes of a program may throw anything for what is no value of theirs. */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}
