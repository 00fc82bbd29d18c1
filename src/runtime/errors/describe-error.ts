import { describeContext, MillraceError } from '../../core/millrace-error.ts';

/** An error as fields of a log line: what, where, and what to do. */
export function describeError(error: unknown): { readonly [name: string]: string } {
  const { code, message, context, remedy } = knownError(error);
  return { code, error: message, place: describeContext(context), remedy };
}

/** The error; one that is not of the catalogue is a defect, and becomes INTERNAL. */
export function knownError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const message = 'Expected the runtime to throw only errors of the catalogue, got another';
  return new MillraceError('INTERNAL', message, { cause: error });
}
