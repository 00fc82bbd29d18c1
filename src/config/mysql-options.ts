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
