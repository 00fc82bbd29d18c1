/** Errors of `cli`. */
export const cliErrors = {
  MYSQL_SERVER_UNAVAILABLE: {
    cause: "`npm start` or `npm test` found no MySQL server to work with and could not fetch one.",
    remedy:
      "Set MILLRACE_MYSQL_URL to a server of yours (mysql://user:password@host:port), or put a `mysqld` 8.0 or newer on the PATH, or make apt-get and a Debian mirror reachable.",
  },
  MYSQL_SERVER_FAILED: {
    cause:
      "The MySQL server that `npm start` or `npm test` runs did not start, or is not theirs to stop.",
    remedy:
      "Read the log file that the message names; or set MILLRACE_MYSQL_URL to use another server.",
  },
} as const;
