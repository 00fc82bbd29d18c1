import { catalogue, type ErrorCode } from '../core/error-catalogue/index.ts';
import { describeContext, MillraceError, type ErrorContext } from '../core/millrace-error.ts';

/** How an error is printed. */
export interface PrintErrorOptions {
  readonly logFormat: 'text' | 'json';
  /** Whether stacks are shown, that of the cause included. */
  readonly withStack: boolean;
}

/**
 * Anything thrown as a `MillraceError`: one of another copy of the package (a topology file may have its own) as one of
 * this, and everything else as INTERNAL.
 */
export function toMillraceError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  if (isForeignMillraceError(error)) {
    return new MillraceError(error.code, error.message, { cause: error, context: error.context });
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new MillraceError('INTERNAL', message, { cause: error });
}

/**
 * The text of an error: one line, `error CODE: message (where) — remedy`, or one line of JSON in the form of the log's.
 * Stacks follow in lines of their own, or in a field.
 */
export function formatError(error: MillraceError, { logFormat, withStack }: PrintErrorOptions): string {
  const place = describeContext(error.context);
  const stack = withStack ? stackOf(error) : undefined;
  if (logFormat === 'json') {
    const line = { level: 'error', time: new Date().toISOString(), code: error.code, msg: error.message };
    return `${JSON.stringify({ ...line, place: place || undefined, remedy: error.remedy, stack })}\n`;
  }
  const where = place === '' ? '' : ` (${place})`;
  const line = `error ${error.code}: ${error.message}${where} — ${error.remedy}`.replace(/\s*\n\s*/g, ' ');
  return stack === undefined ? `${line}\n` : `${line}\n${stack}\n`;
}

/** The stack of an error and of all that caused it. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\nCaused by: ${stackOf(error.cause)}`;
}

function isForeignMillraceError(error: unknown): error is Error & { code: ErrorCode; context: ErrorContext } {
  if (!(error instanceof Error) || error.name !== 'MillraceError') return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && Object.hasOwn(catalogue, code);
}
