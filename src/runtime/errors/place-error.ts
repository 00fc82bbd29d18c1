import { MillraceError, type ErrorContext } from '../../core/millrace-error.ts';
import { userCodePlace } from '../../core/user-code-place.ts';

/**
 * The error with its place added. What is not a `MillraceError` came from user code and becomes PROCESSING_FAILED, with the
 * error as its cause and the line of that code; its message may hold row values, so it is not repeated.
 */
export function placeError(error: unknown, context: ErrorContext): MillraceError {
  if (error instanceof MillraceError) return error.at(context);
  const name = error instanceof Error ? error.name : typeof error;
  const place = context.node === undefined ? 'the topology' : `node "${context.node}"`;
  return new MillraceError('PROCESSING_FAILED', `Expected ${place} to process the record, got a thrown ${name}`, {
    cause: error,
    context: { file: userCodePlace(error) ?? undefined, ...context },
  });
}

/** The same promise, whose rejection has its place added. */
export async function placeRejection(pending: Promise<void>, context: ErrorContext): Promise<void> {
  try {
    await pending;
  } catch (error) {
    throw placeError(error, context);
  }
}
