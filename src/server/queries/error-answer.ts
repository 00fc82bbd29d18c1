import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { MillraceError } from '../../core/millrace-error.ts';
import type { ErrorCode } from '../../core/error-catalogue/index.ts';

/** What an instance whose state moves is asked again after, in seconds. */
const RETRY_AFTER_SECONDS = 1;
const UNAVAILABLE = 503;
const FAILED = 500;

const STATUSES: Readonly<Partial<Record<ErrorCode, number>>> = Object.freeze({
  QUERY_INVALID: 400,
  RUNTIME_STORE_KIND: 400,
  QUERY_NOT_FOUND: 404,
  QUERY_UNKNOWN_APPLICATION: 404,
  RUNTIME_UNKNOWN_STORE: 404,
  QUERY_UNAVAILABLE: UNAVAILABLE,
  QUERY_POSITION_TIMEOUT: UNAVAILABLE,
  // The application or the store was closed, or the task was taken away, while it was read.
  RUNTIME_STATE: UNAVAILABLE,
  STORE_CLOSED: UNAVAILABLE,
});

/** Answers with an error. */
export function sendError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const known = knownError(error);
  const status = STATUSES[known.code] ?? FAILED;
  if (status === UNAVAILABLE) reply.header('retry-after', RETRY_AFTER_SECONDS);
  reply.code(status).type('application/json').send({ code: known.code, message: known.message, remedy: known.remedy });
}

function knownError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const { statusCode = FAILED, message } = error as FastifyError;
  if (statusCode >= FAILED) {
    return new MillraceError('INTERNAL', 'Expected errors of the catalogue only, got another', { cause: error });
  }
  // What fastify refuses: a parameter that is not as its schema says.
  return new MillraceError('QUERY_INVALID', `Expected a query as docs/openapi.json describes it, got: ${message}`);
}
