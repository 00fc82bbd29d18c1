import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import { type ErrorContext, MillraceError } from '../../core/millrace-error.ts';
import { knownError } from '../errors/describe-error.ts';

/** An error as plain data: a clone of it would have lost its class, its code and its place. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: ErrorContext;
  readonly stack: string | undefined;
  readonly cause: { readonly name: string; readonly message: string; readonly stack: string | undefined } | null;
}

/** What is sent for an error; one that is not of the catalogue is INTERNAL. */
export function toSentError(error: unknown): SentError {
  const { code, message, context, stack, cause } = knownError(error);
  const sentCause = cause instanceof Error ? { name: cause.name, message: cause.message, stack: cause.stack } : null;
  return { code, message, context, stack, cause: sentCause };
}

/** The error that was sent. */
export function fromSentError({ code, message, context, stack, cause }: SentError): MillraceError {
  const error = new MillraceError(code, message, {
    context,
    // No class of ours: it only shows where the error came from.
    ...(cause === null ? {} : { cause: Object.assign(Object.create(Error.prototype) as Error, cause) }),
  });
  if (stack !== undefined) error.stack = stack;
  return error;
}
