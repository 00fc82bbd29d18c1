import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type Connection } from 'mysql2/promise';
import { inject } from 'vitest';
import { startMySqlServer, type MySqlServer } from '../../scripts/services/mysql-server.ts';
import './mysql-global-setup.ts';

/** A database of one test on the shared server. `await using` drops it. */
export interface TestDatabase extends AsyncDisposable {
  /** With the database in it. */
  readonly url: string;
  readonly name: string;
  /** In the database, as a user that may do everything; dates in UTC, several statements per query allowed. */
  readonly connection: Connection;
}

/** Makes an empty database with a random name on the server that all tests of the run share, or on `serverUrl`. */
export async function createTestDatabase(serverUrl: string = inject('mysqlUrl')): Promise<TestDatabase> {
  const name = `millrace_test_${randomBytes(6).toString('hex')}`;
  const connection = await connectTo(serverUrl);
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.changeUser({ database: name });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    connection,
    async [Symbol.asyncDispose]() {
      connection.destroy();
      // A connection of its own: the test may have killed that one, or its server.
      const dropping = await connectTo(serverUrl).catch(() => undefined);
      if (dropping !== undefined) await dropDatabase(dropping, name);
    },
  };
}

/** Whoever still holds a lock on a table after the tests is named, and the database goes with the server. */
async function dropDatabase(connection: Connection, name: string): Promise<void> {
  try {
    await connection.query(`SET SESSION lock_wait_timeout = 20; DROP DATABASE IF EXISTS ${name}`);
  } catch (error) {
    const [sessions] = await connection.query('SHOW FULL PROCESSLIST');
    const [prepared] = await connection.query('XA RECOVER');
    console.warn(`could not drop ${name}: ${String(error)}`, sessions, prepared);
  } finally {
    connection.destroy();
  }
}

/** Connects as the tests do: dates in UTC, several statements per query allowed. */
export function connectTo(url: string): Promise<Connection> {
  return createConnection({ uri: url, timezone: 'Z', multipleStatements: true });
}

/** A MySQL server of one test. `await using` ends it and removes its data. */
export interface PrivateMySqlServer extends MySqlServer, AsyncDisposable {}

/** Starts a server that the test may configure, kill and restart. Takes about a second. */
export async function startPrivateMySqlServer({
  options = [],
}: { options?: readonly string[] } = {}): Promise<PrivateMySqlServer> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'millrace-mysql-'));
  const removeData = () => rm(dataDirectory, { recursive: true, force: true });
  const starting = startMySqlServer({ dataDirectory, options, externalUrl: null });
  const server = await starting.catch(async (error: unknown) => {
    await removeData();
    throw error;
  });
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      // Its data goes with it: an orderly end would take a second longer.
      await server.kill();
      await removeData();
    },
  });
}
