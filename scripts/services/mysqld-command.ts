import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MillraceError } from '../../src/core/millrace-error.ts';

const run = promisify(execFile);

/** A `mysqld` that can be run on this machine. */
export interface MysqldCommand {
  /** Where it is from: the PATH, or Debian's packages unpacked in the cache. */
  readonly kind: 'path' | 'debian';
  readonly program: string;
  /** The arguments that every run needs, before all others. */
  readonly programArguments: readonly string[];
  /** Where an initialized data directory to copy is, or is to be put: this version's own. */
  readonly dataTemplate: string;
}

/**
 * A MySQL server (8.0 or newer; MariaDB is passed over) on the PATH, or else one from Debian's packages, which are fetched
 * into `cacheDirectory` the first time. Throws MYSQL_SERVER_UNAVAILABLE where neither can be had.
 */
export async function findMysqld(cacheDirectory: string): Promise<MysqldCommand> {
  return (await mysqldOnPath(cacheDirectory)) ?? mysqldFromDebian(cacheDirectory);
}

async function mysqldOnPath(cacheDirectory: string): Promise<MysqldCommand | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(folder || '.', 'mysqld');
    if (!existsSync(program)) continue;
    const version = await run(program, ['--no-defaults', '--version']).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    const major = Number(/\bVer (\d+)\./i.exec(version)?.[1] ?? 0);
    if (major < 8 || /mariadb/i.test(version)) continue;
    // Without the user's name mysqld refuses to run as root.
    const programArguments = ['--no-defaults', `--user=${userInfo().username}`, '--secure-file-priv=NULL'];
    const key = createHash('sha256').update(`${program}\n${version}`).digest('hex').slice(0, 12);
    return { kind: 'path', program, programArguments, dataTemplate: join(cacheDirectory, `mysql-data-${key}`) };
  }
  return undefined;
}

async function mysqldFromDebian(cacheDirectory: string): Promise<MysqldCommand> {
  const folder = join(cacheDirectory, 'mysql-debian');
  const script = fileURLToPath(new URL('mysql-from-debian.sh', import.meta.url));
  try {
    await run('bash', [script, folder], { maxBuffer: 16 << 20 });
  } catch (error) {
    const lines = String((error as { stderr?: unknown }).stderr ?? error).trim();
    throw new MillraceError(
      'MYSQL_SERVER_UNAVAILABLE',
      `Expected a MySQL server to be at hand, got none: ${lines.split('\n').at(-1)}`,
      {
        cause: error,
      },
    );
  }
  const root = join(folder, 'root');
  const program = join(root, 'mysqld');
  return { kind: 'debian', program, programArguments: [], dataTemplate: join(root, 'data') };
}
