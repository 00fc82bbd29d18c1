import { MillraceError } from '../core/millrace-error.ts';
import { typeName } from '../core/type-name.ts';

/** The error of a value that a serde cannot write. Says what was expected and what kind of thing came, never the value. */
export function notSerializable(expected: string, value: unknown): MillraceError {
  return new MillraceError('SERIALIZATION_FAILED', `Expected ${expected}, got ${typeName(value)}`);
}

/** The error of bytes whose number is not the one the format has. */
export function wrongLength(format: string, expectedBytes: number, bytes: Buffer): MillraceError {
  return new MillraceError(
    'DESERIALIZATION_FAILED',
    `Expected ${expectedBytes} bytes of ${format}, got ${bytes.length}`,
  );
}
