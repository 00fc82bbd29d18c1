import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import { MillraceError } from '../../core/millrace-error.ts';

/** Bytes of an event that errors show: header and table id, and no values. */
const EXCERPT_BYTES = 32;

/** What can be wrong with one event of rows alone, so that the stream may go on without it. */
const OF_ONE_EVENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MYSQL_EVENT_UNREADABLE',
  'MYSQL_UNSUPPORTED_COLUMN',
  'MYSQL_SCHEMA_MISMATCH',
  'MYSQL_SETTING_UNSUPPORTED',
  'MYSQL_BIGINT_UNSAFE',
  'MYSQL_VALUE_UNREPRESENTABLE',
]);

/** Any error at an event as the project's own: what is none is MYSQL_EVENT_UNREADABLE. */
export function eventFailure(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected an event that can be read, got: ${reason}`, {
    cause: error,
  });
}

/** Whether the error is about one event of rows, and not about the stream. */
export function isOfOneEvent(error: MillraceError): boolean {
  return OF_ONE_EVENT.has(error.code);
}

/** The first bytes of an event in hex. */
export function excerptOf(event: Buffer): string {
  return event.toString('hex', 0, EXCERPT_BYTES);
}
