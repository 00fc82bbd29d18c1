import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startMySqlServer } from '../../scripts/services/mysql-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that all `*.mysql.test.ts` of a run share, without a database. */
    readonly mysqlUrl: string;
  }
}

/** Starts one MySQL server for the run, or uses that of `MILLRACE_MYSQL_URL`. Vitest runs it only when a test needs it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'millrace-mysql-'));
  const server = await startMySqlServer({ dataDirectory });
  project.provide('mysqlUrl', server.url);
  return async () => {
    if (server.kind !== 'external') await server.kill();
    await rm(dataDirectory, { recursive: true, force: true });
  };
}
