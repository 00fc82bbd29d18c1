import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { cacheDirectory } from '../../src/cli/host/cache-directory.ts';

/** A MariaDB server of one test. `await using` ends it and removes its data. */
export interface MariaDbServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts MariaDB 10.11 from Debian's packages; undefined where these cannot be had. */
export async function startMariaDbServer(options: readonly string[] = []): Promise<MariaDbServer | undefined> {
  const folder = join(cacheDirectory(), 'mariadb');
  const script = (name: string) => fileURLToPath(new URL(`../../scripts/services/${name}`, import.meta.url));
  if (spawnSync('bash', [script('mariadb-from-debian.sh'), folder], { stdio: 'inherit' }).status !== 0)
    return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'millrace-mariadb-'));
  await cp(join(folder, 'root', 'data'), join(directory, 'data'), { recursive: true });
  const port = await findFreePort();
  const arguments_ = [
    `--datadir=${join(directory, 'data')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(directory, 'socket')}`,
    `--pid-file=${join(directory, 'pid')}`,
    '--server-id=1',
    '--log-bin=binlog',
    '--binlog-format=ROW',
    '--binlog-row-metadata=FULL',
    '--skip-name-resolve',
    ...options,
  ];
  const child = spawn('bash', [script('with-parent.sh'), join(folder, 'root', 'mariadbd'), ...arguments_], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const url = `mysql://root@127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error('Expected mariadbd to start, got its end');
    await delay(50);
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const connection = await createConnection({ uri: url });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
