import { MillraceError } from '../../core/millrace-error.ts';

/** What does not fit its field when it is written. The caller says of which message it is. */
export function unwritable(found: string): MillraceError {
  return new MillraceError('SERIALIZATION_FAILED', found);
}

/** What is not what its field reads. The caller says of which message it is. */
export function unreadable(found: string): MillraceError {
  return new MillraceError('DESERIALIZATION_FAILED', found);
}

/** The same error, said to be in a field: `lines.amount` when it is that of a message within. */
export function inField(name: string, error: unknown): unknown {
  if (!(error instanceof MillraceError)) return error;
  const inner = error.context['field'];
  const field = inner === undefined ? name : `${name}.${String(inner)}`;
  return new MillraceError(error.code, error.message, { context: { ...error.context, field } });
}
