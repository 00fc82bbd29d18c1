import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMySqlServer } from '../../../scripts/services/mysql-server.ts';
import {
  connectTo,
  createTestDatabase,
  startPrivateMySqlServer,
  type PrivateMySqlServer,
} from '../../support/mysql.ts';

async function select(url: string, statement: string): Promise<RowDataPacket[]> {
  const connection = await connectTo(url);
  const [rows] = await connection.query<RowDataPacket[]>(statement);
  await connection.end();
  return rows;
}

describe('startMySqlServer', () => {
  let server: PrivateMySqlServer;

  beforeAll(async () => {
    server = await startPrivateMySqlServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('starts a server that writes a binlog with GTIDs and full row metadata', async () => {
    const rows = await select(
      server.url,
      'SELECT @@log_bin AS log_bin, @@gtid_mode AS gtids, @@binlog_row_metadata AS metadata, @@binlog_format AS format',
    );

    expect(rows).toEqual([{ log_bin: 1, gtids: 'ON', metadata: 'FULL', format: 'ROW' }]);
  });

  it('uses the server it is given, and leaves it alone', async () => {
    const external = await startMySqlServer({ dataDirectory: tmpdir(), externalUrl: server.url });
    await external.stop();

    expect(external).toMatchObject({ kind: 'external', url: server.url, port: server.port });
    expect(await select(external.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(external.kill()).rejects.toMatchObject({ code: 'MYSQL_SERVER_FAILED' });
  });

  it('gives each server a UUID of its own', async () => {
    await using other = await startPrivateMySqlServer();

    const [one] = await select(server.url, 'SELECT @@server_uuid AS uuid');

    expect(await select(other.url, 'SELECT @@server_uuid AS uuid')).not.toEqual([one]);
  });

  it('has its rows and its identity after a crash and a restart with other options', async () => {
    const { port } = server;
    await select(server.url, 'CREATE DATABASE d');
    await select(server.url, 'CREATE TABLE d.t (id int PRIMARY KEY)');
    await select(server.url, 'INSERT INTO d.t VALUES (7)');
    const [before] = await select(server.url, 'SELECT @@server_uuid AS uuid');

    await server.kill();
    await expect(select(server.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await server.restart(['--max-connections=17']);

    expect(server.port).toBe(port);
    expect(await select(server.url, 'SELECT id FROM d.t')).toEqual([{ id: 7 }]);
    expect(await select(server.url, 'SELECT @@server_uuid AS uuid, @@max_connections AS n')).toEqual([
      { ...before, n: 17 },
    ]);
  });

  it('says what mysqld objected to when it does not start', async () => {
    await expect(startPrivateMySqlServer({ options: ['--no-such-option'] })).rejects.toMatchObject({
      code: 'MYSQL_SERVER_FAILED',
      message: expect.stringContaining('no-such-option'),
    });
  });

  it('says so when the server it is given does not answer', async () => {
    const externalUrl = 'mysql://somebody:secret@127.0.0.1:1';

    const failed = startMySqlServer({ dataDirectory: tmpdir(), externalUrl });

    await expect(failed).rejects.toMatchObject({
      code: 'MYSQL_SERVER_UNAVAILABLE',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('ends with the process that started it, even if that is killed', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'millrace-mysql-'));
    const parent = fork(join(import.meta.dirname, 'mysql-server-parent.ts'), [dataDirectory], {
      execArgv: ['--conditions=millrace-source'],
    });
    await once(parent, 'message');
    const mysqldId = Number(await readFile(join(dataDirectory, 'data/mysqld.pid'), 'utf8'));

    parent.kill('SIGKILL');

    await expect.poll(() => isRunning(mysqldId), { timeout: 60_000 }).toBe(false);
    await rm(dataDirectory, { recursive: true });
  });
});

describe('createTestDatabase', () => {
  it('makes an empty database and drops it', async () => {
    let name: string;
    {
      await using database = await createTestDatabase();
      name = database.name;
      const [rows] = await database.connection.query('SELECT DATABASE() AS name');
      expect(rows).toEqual([{ name }]);
    }
    await using other = await createTestDatabase();
    const [left] = await other.connection.query('SHOW DATABASES LIKE ?', [name]);
    expect(left).toEqual([]);
  });
});

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
