import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MysqlOptionInput, mysqlOptions } from '../../config/mysql-options.ts';
import { parseOptions } from '../../config/options.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { avroFiles } from '../../mysql/format/avro/avro-files.ts';
import { pullTables } from '../../mysql/schema/pull-tables.ts';

/** What `mysql pull` takes. */
export interface MysqlPullOptions {
  readonly database: string;
  readonly mysql: MysqlOptionInput;
  /** Only these tables; absent, all of the database. */
  readonly tables?: readonly string[] | undefined;
  /** The file to write; absent, the descriptors are the result. */
  readonly out?: string | undefined;
  /** A folder for the Avro schemas of the tables, a file for each. */
  readonly avro?: string | undefined;
}

/**
 * Writes the descriptors of a database's tables into a file, and gives what is to be printed: nothing then, or else the
 * descriptors. With `avro` it writes the schemas of the tables, and the descriptors only where a file is named for them. Throws what `pullTables` throws, and CLI_FILE_UNWRITABLE.
 */
export async function mysqlPullCommand(options: MysqlPullOptions, logger: Logger): Promise<string> {
  const { mysqlUrl: url, topicPrefix, bigint } = parseOptions(mysqlOptions, options.mysql);
  const { database, tables, out, avro } = options;
  const pulled = await pullTables({ url, topicPrefix, bigint, database, ...(tables === undefined ? {} : { tables }) });
  if (avro !== undefined) {
    const files = avroFiles(pulled.tables, { topicPrefix, bigint });
    await written(avro, () => mkdir(avro, { recursive: true }));
    for (const { name, text } of files) await written(join(avro, name), (file) => writeFile(file, text));
    logger.info('wrote schemas', { database, folder: avro, files: files.length });
  }
  if (out === undefined) return avro === undefined ? pulled.descriptors : '';
  await written(out, (file) => writeFile(file, pulled.descriptors));
  logger.info('wrote table descriptors', { database, file: out });
  return '';
}

async function written(path: string, write: (path: string) => Promise<unknown>): Promise<void> {
  try {
    await write(path);
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new MillraceError('CLI_FILE_UNWRITABLE', `Expected to write ${path}, got ${got}`, { cause: error });
  }
}
