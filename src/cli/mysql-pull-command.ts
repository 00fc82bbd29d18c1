import { writeFile } from 'node:fs/promises';
import { type MysqlOptionInput, mysqlOptions } from '../config/mysql-options.ts';
import { parseOptions } from '../config/options.ts';
import type { Logger } from '../core/logger.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { pullTables } from '../mysql/schema/pull-tables.ts';

/** What `mysql pull` takes. */
export interface MysqlPullOptions {
  readonly database: string;
  readonly mysql: MysqlOptionInput;
  /** Only these tables; absent, all of the database. */
  readonly tables?: readonly string[] | undefined;
  /** The file to write; absent, the descriptors are the result. */
  readonly out?: string | undefined;
}

/**
 * Writes the descriptors of a database's tables into a file, and gives what is to be printed: nothing then, or else the
 * descriptors. Throws what `pullTables` throws, and CLI_FILE_UNWRITABLE.
 */
export async function mysqlPullCommand(options: MysqlPullOptions, logger: Logger): Promise<string> {
  const { mysqlUrl: url, topicPrefix, bigint } = parseOptions(mysqlOptions, options.mysql);
  const { database, tables, out } = options;
  const text = await pullTables({ url, topicPrefix, bigint, database, ...(tables === undefined ? {} : { tables }) });
  if (out === undefined) return text;
  try {
    await writeFile(out, text);
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new MillraceError('CLI_FILE_UNWRITABLE', `Expected to write ${out}, got ${got}`, { cause: error });
  }
  logger.info('wrote table descriptors', { database, file: out });
  return '';
}
