import { MillraceError } from '../../core/millrace-error.ts';
import type { ErrorCode } from '../../core/error-catalogue/index.ts';

/** Errors of a broker or a schema registry that may go away by themselves. */
const RETRIABLE: ReadonlySet<ErrorCode> = new Set(['BROKER_UNAVAILABLE', 'SCHEMA_REGISTRY_UNREACHABLE']);

/** Errors that say that the tasks, or what was not committed of them, are no longer ours. */
const MIGRATED: ReadonlySet<ErrorCode> = new Set(['PRODUCER_FENCED', 'GROUP_MEMBER_FENCED']);

/** Whether an error may go away by itself, so that the same may be tried again. */
export function isRetriable(error: unknown): boolean {
  return error instanceof MillraceError && RETRIABLE.has(error.code);
}

/** Whether an error says that others have, or may have, the tasks: they are given up as they are and asked for again. */
export function isMigrated(error: unknown): boolean {
  return error instanceof MillraceError && MIGRATED.has(error.code);
}
