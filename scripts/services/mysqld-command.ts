import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
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
  /** The line that `mysqld --version` prints. */
  readonly version: string;
}

/**
 * A MySQL server (8.0 or newer; MariaDB is passed over) on the PATH, or else one from Debian's packages, which are fetched
 * into `cacheDirectory` the first time. Throws MYSQL_SERVER_UNAVAILABLE where neither can be had.
 */
export async function findMysqld(cacheDirectory: string): Promise<MysqldCommand> {
  return (await mysqldOnPath()) ?? mysqldFromDebian(cacheDirectory);
}

async function mysqldOnPath(): Promise<MysqldCommand | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(folder || '.', 'mysqld');
    if (!existsSync(program)) continue;
    const version = await run(program, ['--no-defaults', '--version']).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    const major = Number(/\bVer (\d+)\./i.exec(version)?.[1] ?? 0);
    if (major < 8 || /mariadb/i.test(version)) continue;
    return { kind: 'path', program, programArguments: ['--no-defaults', ...asThisUser()], version };
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
  const loader = globSync(`${root}/{usr/lib64,usr/lib,usr/lib/*}/ld-linux*.so.*`)[0];
  const libraries = globSync(`${root}/usr/lib/*-linux-*`).concat(join(root, 'usr/lib/mysql/private'));
  if (loader === undefined) {
    throw new MillraceError(
      'MYSQL_SERVER_UNAVAILABLE',
      "Expected Debian's packages to bring a loader (ld-linux), got none",
      {
        context: { file: root },
      },
    );
  }
  const programArguments = [
    '--library-path',
    libraries.join(':'),
    join(root, 'usr/sbin/mysqld'),
    '--no-defaults',
    ...asThisUser(),
    `--lc-messages-dir=${root}/usr/share/mysql`,
    `--character-sets-dir=${root}/usr/share/mysql/charsets`,
    `--plugin-dir=${root}/usr/lib/mysql/plugin`,
  ];
  const { stdout } = await run(loader, [...programArguments, '--version']);
  return { kind: 'debian', program: loader, programArguments, version: stdout.trim() };
}

/** Without it mysqld refuses to run as root. */
function asThisUser(): readonly string[] {
  return [`--user=${userInfo().username}`, '--secure-file-priv=NULL'];
}
