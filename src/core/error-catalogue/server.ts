/** Errors of queries and the HTTP API. */
export const serverErrors = {
  QUERY_INVALID: {
    cause: 'A query has a parameter, key or header that cannot be read, or that does not fit the store.',
    remedy: 'Correct what the message names; docs/queries.md and docs/openapi.json say how each is written.',
  },
  QUERY_NOT_FOUND: {
    cause: 'The store has no entry of this key, or none at this time; or the server has nothing under this path.',
    remedy:
      'Check the key, and how it is written: by default it is JSON, so that a string has its quotes. Paths are in docs/openapi.json.',
  },
  QUERY_UNKNOWN_APPLICATION: {
    cause: 'No application of this name runs here, or several do and the path names none.',
    remedy: 'Use /applications/<name>/... with one of the names that the message lists.',
  },
  QUERY_UNAVAILABLE: {
    cause:
      'A partition of the store cannot be read now: its task is moving to another instance or being restored, or the instance that has it does not answer.',
    remedy:
      'Ask again after the time in Retry-After; with ?stale=true copies of the state that may be behind are read too.',
  },
  QUERY_POSITION_TIMEOUT: {
    cause: 'The store did not reach the positions that the query asks for within its time.',
    remedy:
      'Wait longer (millrace-position-timeout-ms), or look with "millrace status" how far behind the application is.',
  },
  HTTP_REQUEST_FAILED: {
    cause: 'The HTTP API of an instance could not be asked, or has answered with an error.',
    remedy: 'Check the address, the token (--http-token) and that the instance runs.',
  },
} as const;
