/** Errors of `cli`. */
export const cliErrors = {
  MYSQL_SERVER_UNAVAILABLE: {
    cause: '`npm start` or `npm test` found no MySQL server to work with and could not fetch one.',
    remedy:
      'Set MILLRACE_MYSQL_URL to a server of yours (mysql://user:password@host:port), or put a `mysqld` 8.0 or newer on the PATH, or make apt-get and a Debian mirror reachable.',
  },
  MYSQL_SERVER_FAILED: {
    cause: 'The MySQL server that `npm start` or `npm test` runs did not start, or is not theirs to stop.',
    remedy: 'Read the log file that the message names; or set MILLRACE_MYSQL_URL to use another server.',
  },
  KAFKA_SERVER_UNAVAILABLE: {
    cause: '`npm test` found no Kafka to work with and could not fetch one.',
    remedy:
      'Put java 17 or newer and mvn on the PATH and make Maven Central reachable: Kafka is fetched from there once (54 MB).',
  },
  KAFKA_SERVER_FAILED: {
    cause: 'The Kafka broker that `npm test` runs did not start.',
    remedy: 'Read the log file that the message names.',
  },
  CLI_NOT_RUNNING: {
    cause: 'No process runs with the data directory, or none that reads MySQL tables.',
    remedy: 'Start it, or give its directory with --data-dir.',
  },
  CLI_COMMAND_REFUSED: {
    cause: 'The running process could not do what it was asked to do.',
    remedy: 'Its own words are in the message.',
  },
  CLI_USAGE: {
    cause: 'The command line has a command, option or argument that is not known, or lacks one that is needed.',
    remedy: 'Write it as "millrace --help" or "millrace <command> --help" says.',
  },
  CLI_NODE_TOO_OLD: {
    cause: 'The Node.js that runs Millrace is too old: it cannot load topologies written in TypeScript.',
    remedy: 'Install the version named in the message or a newer one (https://nodejs.org), and run Millrace with it.',
  },
  CLI_TOPOLOGY_NOT_FOUND: {
    cause: 'There is no topology file at the path given.',
    remedy: 'Correct the path; it is relative to the current directory.',
  },
  CLI_TOPOLOGY_FAILED: {
    cause: 'A topology file could not be loaded: its syntax is wrong, an import leads nowhere, or its code threw.',
    remedy: 'Correct the file at the place named; --log-level debug shows the stack.',
  },
  CLI_TOPOLOGY_EXPORT: {
    cause: 'A topology file does not export a topology by default.',
    remedy: "Begin it with: export default topology('name', (builder) => { ... }); an array of topologies is fine too.",
  },
  CLI_TOPOLOGY_TWICE: {
    cause: 'Two topologies that are to run together have the same name, and so the same group, topics and state.',
    remedy: 'Give each its own name, and each file once.',
  },
  CLI_CONFIRMATION_MISSING: {
    cause: 'A command that deletes data was not confirmed.',
    remedy: 'Run it with --yes, or in a terminal and answer "y".',
  },
  CLI_FILE_UNWRITABLE: {
    cause: 'A file that a command makes could not be written.',
    remedy: 'Check that the directory exists and may be written to, or name another file with --out.',
  },
  DEMO_DATABASE_TAKEN: {
    cause: 'The server of MILLRACE_MYSQL_URL has a database named as that of the demo, which the demo did not make.',
    remedy: 'Rename or drop that database yourself, or point MILLRACE_MYSQL_URL at another server.',
  },
} as const;
