import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { MillraceError } from '../../src/core/millrace-error.ts';
import type { MysqldCommand } from './mysqld-command.ts';

const run = promisify(execFile);

/** What keeps a data directory and the memory of its server small. The redo log is 100 MB by default. */
export const smallServerOptions: readonly string[] = [
  '--loose-innodb-redo-log-capacity=16M',
  '--innodb-buffer-pool-size=64M',
  '--performance-schema=OFF',
  '--table-open-cache=400',
  '--table-definition-cache=400',
  '--loose-mysqlx=OFF',
];

/**
 * Makes `dataDirectory` an initialized one (user `root` without a password) unless it is there already. What mysqld
 * initializes is kept as a template, because a copy takes a tenth of the time. `dataDirectory` appears whole or not at
 * all. Throws MYSQL_SERVER_FAILED.
 */
export async function createMySqlDataDirectory(command: MysqldCommand, dataDirectory: string): Promise<void> {
  if (existsSync(dataDirectory)) return;
  const { dataTemplate } = command;
  if (!existsSync(dataTemplate)) await appear(dataTemplate, (folder) => initialize(command, folder));
  await appear(dataDirectory, (folder) =>
    cp(dataTemplate, folder, { recursive: true, mode: constants.COPYFILE_FICLONE }),
  );
}

/** Lets `make` fill a folder beside the target and moves it into place; whoever is first wins. */
async function appear(target: string, make: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}-new-`);
  try {
    const folder = join(work, 'data');
    await make(folder);
    await rename(folder, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function initialize(command: MysqldCommand, folder: string): Promise<void> {
  const options = [...smallServerOptions, '--disable-log-bin', '--initialize-insecure', `--datadir=${folder}`];
  try {
    await run(command.program, [...command.programArguments, ...options], { maxBuffer: 16 << 20 });
  } catch (error) {
    const lines = String((error as { stderr?: unknown }).stderr ?? error)
      .trim()
      .split('\n');
    const reason = lines.findLast((line) => line.includes('[ERROR]')) ?? lines.at(-1);
    throw new MillraceError('MYSQL_SERVER_FAILED', `Expected mysqld to initialize a data directory, got: ${reason}`, {
      cause: error,
    });
  }
  // The server's UUID: each copy of the template must make its own, since transactions are numbered by it.
  await rm(join(folder, 'auto.cnf'), { force: true });
}
