import { MillraceError } from '../../core/millrace-error.ts';

/** What does not fit its type when it is written. The caller says of which schema it is, and where in the value. */
export function unwritable(found: string): MillraceError {
  return new MillraceError('SERIALIZATION_FAILED', found);
}

/** What is not what its type reads. The caller says of which schema it is. */
export function unreadable(found: string): MillraceError {
  return new MillraceError('DESERIALIZATION_FAILED', found);
}

/** A schema whose attributes do not fit each other. avsc takes it for a plain one then, as the specification says. */
export function schemaMisfit(found: string): MillraceError {
  return new MillraceError('SCHEMA_INVALID', found);
}
