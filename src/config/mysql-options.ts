import { z } from 'zod';
import { option, optionGroup, type OptionInput } from './option.ts';

/** How the changes of a MySQL server are captured. */
export const mysqlOptions = optionGroup({
  name: 'MySQL source',
  description: 'How the changes of a MySQL server are captured.',
  options: {
    mysqlUrl: option({
      type: z.string().startsWith('mysql://'),
      flag: 'mysql',
      secret: true,
      allows: 'a URL such as mysql://user:password@host:3306/database',
      description: 'The server to capture, with a user that may replicate and select.',
    }),
    topicPrefix: option({
      type: z.string().regex(/^[A-Za-z0-9._-]+$/),
      default: 'mysql',
      allows: 'letters, digits, ".", "_" and "-"',
      description: 'What the names of the topics begin with: `<prefix>.<database>.<table>`.',
    }),
    serverId: option({
      type: z
        .int()
        .min(1)
        .max(2 ** 32 - 1)
        .nullable(),
      default: null,
      description:
        "The id this replica shows to the server. It must be no one else's, or the server cuts one of the two off. Without one a random id is taken.",
    }),
    snapshotMode: option({
      type: z.enum(['initial', 'never', 'when_needed', 'initial_only', 'always']),
      default: 'initial',
      description:
        'When tables are read: each once before its changes (`initial`), never, as `initial` and anew when the server has lost the history that is needed to go on (`when_needed`), once and nothing else (`initial_only`), or at each start (`always`).',
    }),
    snapshotThreads: option({
      type: z.int().min(1),
      default: 2,
      description: 'Parts of tables that a snapshot reads at once, each on a connection of its own.',
    }),
    snapshotChunkRows: option({
      type: z.int().min(1),
      default: 20_000,
      unit: 'records',
      description: 'Rows of the parts that a snapshot reads tables in.',
    }),
    snapshotLocking: option({
      type: z.enum(['auto', 'tables', 'none']),
      default: 'auto',
      description:
        'What a snapshot locks: tables without a key for some milliseconds, if the user may (`auto`); all tables, which are then read as they were at one moment (`tables`); or nothing (`none`).',
    }),
    schemaChanges: option({
      type: z.enum(['evolve', 'ignore', 'stop']),
      default: 'evolve',
      description:
        'What becomes of changes of tables while they are captured. `evolve`: topics follow them; a table that was dropped, emptied, replaced or given another key is read anew, and keys that are gone get tombstones. `ignore`: rows come as they are, and such statements change nothing. `stop`: the capture ends before such a statement, and before the first row that lacks a column that is read, or has it with another kind of values.',
    }),
    rowEncoding: option({
      type: z.enum(['json', 'avro']),
      default: 'json',
      description:
        'How rows are written: JSON, or Avro with schemas that follow the tables, in the schema registry. Topologies read both. Keys are JSON in either case.',
    }),
    quarantineTopic: option({
      type: z.string().min(1).nullable(),
      default: null,
      allows: 'the name of a topic',
      description:
        'Where events of rows go that cannot be read, or written as is asked for: the bytes of the event, with its file, position, GTID and table and the reason as headers. Without one the source stops before such an event.',
    }),
    bigint: option({
      type: z.enum(['error', 'string', 'bigint']),
      default: 'error',
      description:
        'What an integer outside ±(2^53 - 1) becomes in a row: an error that stops the capture, its digits as a string, or a bigint.',
    }),
  },
});

/** What a user may give of `mysqlOptions`. */
export type MysqlOptionInput = OptionInput<typeof mysqlOptions>;
