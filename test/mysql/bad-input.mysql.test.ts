import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';
import type { MySqlSourceOptions } from '../../src/mysql/source/mysql-source.ts';
import {
  connectTo,
  createTestDatabase,
  startPrivateMySqlServer,
  type PrivateMySqlServer,
  type TestDatabase,
} from '../support/mysql.ts';
import { createSource, latestOf, recordsOf, waitUntilCaughtUp } from './support/capture.ts';

const PASSWORD = 's3cret-of-the-test';

let server: PrivateMySqlServer;
let database: TestDatabase;
let broker: Broker;

// A server of its own: these tests change its settings, purge its binlog, and make others' transactions unreadable.
beforeAll(async () => {
  server = await startPrivateMySqlServer();
  database = await createTestDatabase(server.url);
  await database.connection.query(
    'CREATE TABLE t (id BIGINT PRIMARY KEY, j JSON, n INT); INSERT INTO t VALUES (1, NULL, 1); CREATE TABLE other (id INT PRIMARY KEY)',
  );
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  broker = await EmbeddedBroker.inMemory();
  return () => broker.close();
});

const sql = (text: string) => database.connection.query(text);
const topic = (table = 't') => `my.${database.name}.${table}`;

function source(options: Partial<MySqlSourceOptions> = {}) {
  return createSource({ broker, url: database.url, tables: [{ database: database.name, table: 't' }], ...options });
}

function urlFor(user: string): string {
  const url = new URL(database.url);
  url.username = user;
  url.password = PASSWORD;
  return url.href;
}

/** What `start` throws. */
async function failure(options: Partial<MySqlSourceOptions> = {}): Promise<MillraceError> {
  const candidate = source(options);
  const error = await candidate.start().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) await candidate.stop();
  if (!(error instanceof MillraceError)) throw new Error('Expected start() to throw a MillraceError', { cause: error });
  expect(candidate.status().state).toBe('failed');
  expect(`${error.message} ${JSON.stringify(error.context)}`).not.toContain(PASSWORD);
  return error;
}

describe('at the start', () => {
  test('a server that does not answer is MYSQL_UNREACHABLE', async () => {
    expect(await failure({ url: 'mysql://root@127.0.0.1:1' })).toMatchObject({ code: 'MYSQL_UNREACHABLE' });
  });

  test('a wrong password is MYSQL_ACCESS_DENIED', async () => {
    await sql("CREATE USER wrong@'%' IDENTIFIED BY 'another'");

    expect(await failure({ url: urlFor('wrong') })).toMatchObject({ code: 'MYSQL_ACCESS_DENIED' });
  });

  test('a missing SELECT is MYSQL_GRANT_MISSING with the GRANT', async () => {
    await sql(`CREATE USER reader@'%' IDENTIFIED BY '${PASSWORD}'; GRANT REPLICATION SLAVE ON *.* TO reader@'%'`);

    const error = await failure({ url: urlFor('reader') });

    expect(error.code).toBe('MYSQL_GRANT_MISSING');
    expect(error.message).toContain(`GRANT SELECT ON \`${database.name}\`.* TO 'reader'@'%'`);
  });

  test('a missing REPLICATION SLAVE is MYSQL_GRANT_MISSING with the GRANT', async () => {
    await sql(`CREATE USER selecter@'%' IDENTIFIED BY '${PASSWORD}'; GRANT SELECT ON *.* TO selecter@'%'`);

    const error = await failure({ url: urlFor('selecter') });

    expect(error.code).toBe('MYSQL_GRANT_MISSING');
    expect(error.message).toContain("GRANT REPLICATION SLAVE ON *.* TO 'selecter'@'%'");
  });

  test('a table that is not there is MYSQL_TABLE_NOT_FOUND', async () => {
    const tables = [{ database: database.name, table: 'nowhere' }];

    expect(await failure({ tables })).toMatchObject({ code: 'MYSQL_TABLE_NOT_FOUND' });
  });

  test.each([['ENGINE = MyISAM', 'id INT PRIMARY KEY', 'MYSQL_UNSUPPORTED_TABLE']])(
    'a table that cannot be read (%s %s) is %s',
    async (engine, columns, code) => {
      await sql(`DROP TABLE IF EXISTS strange; CREATE TABLE strange (${columns}) ${engine}`);

      expect(await failure({ tables: [{ database: database.name, table: 'strange' }] })).toMatchObject({ code });
    },
  );

  test.each([
    ["binlog_row_image = 'MINIMAL'", 'SET PERSIST binlog_row_image = FULL'],
    ["binlog_format = 'STATEMENT'", 'SET PERSIST binlog_format = ROW'],
  ])('the setting %s is refused with "%s"', async (setting, fix) => {
    const name = setting.split(' ')[0] as string;
    const [[before]] = (await sql(`SELECT @@GLOBAL.${name} AS value`)) as unknown as [[{ value: string }]];
    await sql(`SET GLOBAL ${setting}`);
    try {
      const error = await failure();

      expect(error.code).toBe('MYSQL_SETTING_UNSUPPORTED');
      expect(error.message).toContain(fix);
    } finally {
      await database.connection.query(`SET GLOBAL ${name} = ?`, [before?.value]);
    }
  });

  test('a server that has switched GTIDs off since is refused', async () => {
    const first = source();
    await first.start();
    await waitUntilCaughtUp(first, broker, { url: database.url });
    await first.stop();
    await sql("SET GLOBAL gtid_mode = 'ON_PERMISSIVE'");
    try {
      const error = await failure();

      expect(error.code).toBe('MYSQL_SETTING_UNSUPPORTED');
      expect(error.message).toContain('SET PERSIST gtid_mode = ON');
    } finally {
      await sql("SET GLOBAL gtid_mode = 'ON'");
    }
  });

  test('a server without a binlog is refused', async () => {
    await using without = await startPrivateMySqlServer({ options: ['--skip-log-bin'] });

    const error = await failure({ url: without.url });

    expect(error).toMatchObject({ code: 'MYSQL_SETTING_UNSUPPORTED', context: { setting: 'log_bin' } });
  });

  test('a binlog purged beyond the offset is MYSQL_BINLOG_PURGED and names what is missing', async () => {
    const before = source();
    await before.start();
    await waitUntilCaughtUp(before, broker, { url: database.url });
    await before.stop();
    await sql('INSERT INTO other VALUES (1); FLUSH BINARY LOGS');
    const [logs] = (await sql('SHOW BINARY LOGS')) as unknown as [{ Log_name: string }[]];
    await sql(`PURGE BINARY LOGS TO '${logs.at(-1)?.Log_name}'`);

    const error = await failure();

    expect(error.code).toBe('MYSQL_BINLOG_PURGED');
    expect(error.message).toMatch(/[0-9a-f-]{36}:\d+/);
  });

  test('all tables can be read anew after a purge: what is gone gets a tombstone, and the stream goes on', async () => {
    await sql('INSERT INTO t VALUES (50, NULL, 1)');
    const before = source();
    await before.start();
    await waitUntilCaughtUp(before, broker, { url: database.url });
    await before.stop();
    await sql('DELETE FROM t WHERE id = 50; FLUSH BINARY LOGS');
    const [logs] = (await sql('SHOW BINARY LOGS')) as unknown as [{ Log_name: string }[]];
    await sql(`PURGE BINARY LOGS TO '${logs.at(-1)?.Log_name}'`);

    const anew = source({ resnapshot: [{ database: database.name, table: 't' }] });
    await anew.start();
    await sql('INSERT INTO t VALUES (51, NULL, 1)');
    await waitUntilCaughtUp(anew, broker, { url: database.url });
    await anew.stop();
    const keys = [...(await latestOf(broker, topic())).keys()];
    await sql('DELETE FROM t WHERE id = 51');

    expect(keys).toContain('51');
    expect(keys).not.toContain('50');
  });

  test('a server without the history of the offset is MYSQL_HISTORY_DIVERGED, unless all tables are read anew', async () => {
    const before = source();
    await before.start();
    await waitUntilCaughtUp(before, broker, { url: database.url });
    await before.stop();
    await using other = await startPrivateMySqlServer();
    await using replacement = await createTestDatabase(other.url);
    await replacement.connection.query(
      `CREATE DATABASE ${database.name}; CREATE TABLE ${database.name}.t (id BIGINT PRIMARY KEY)`,
    );

    expect(await failure({ url: other.url })).toMatchObject({ code: 'MYSQL_HISTORY_DIVERGED' });
    const anew = source({ url: other.url, resnapshot: [{ database: database.name, table: 't' }] });
    await anew.start();
    await waitUntilCaughtUp(anew, broker, { url: other.url });
    await anew.stop();
    expect(await latestOf(broker, topic())).toEqual(new Map());
  });

  test('without LOCK TABLES the snapshot is taken without locks, with the least of grants', async () => {
    await sql(`CREATE USER least@'%' IDENTIFIED BY '${PASSWORD}'; GRANT REPLICATION SLAVE ON *.* TO least@'%'`);
    await sql(`GRANT SELECT ON ${database.name}.* TO least@'%'`);
    const least = source({ url: urlFor('least') });
    await least.start();
    await waitUntilCaughtUp(least, broker, { url: database.url });
    await least.stop();

    expect((await recordsOf(broker, topic())).length).toBeGreaterThan(0);
  });

  test('a table that a long transaction holds is MYSQL_LOCK_TIMEOUT, and nothing is written', async () => {
    await sql("XA START 'holder'; INSERT INTO t VALUES (77, NULL, 7); XA END 'holder'; XA PREPARE 'holder'");
    const waiting = source({ lockTimeoutSeconds: 1 });
    await waiting.start();

    await expect(waiting.finished).rejects.toMatchObject({ code: 'MYSQL_LOCK_TIMEOUT' });
    await sql("XA ROLLBACK 'holder'");
    expect(await recordsOf(broker, topic())).toEqual([]);
  });
});

describe('while running', () => {
  /** Starts a source, lets `change` happen, and gives the error that ends it. */
  async function endedBy(change: string, options: Partial<MySqlSourceOptions> = {}): Promise<MillraceError> {
    const running = source(options);
    await running.start();
    await waitUntilCaughtUp(running, broker, { url: database.url });
    await using session = await createSessionOf(database);
    await session.query(change);
    return (await running.finished.catch((error: unknown) => error)) as MillraceError;
  }

  test.each([
    [
      "SET SESSION binlog_format = 'STATEMENT'; UPDATE t SET n = n + 1",
      'MYSQL_SETTING_UNSUPPORTED',
      'SET PERSIST binlog_format = ROW',
    ],
    [
      "SET SESSION binlog_row_image = 'MINIMAL'; UPDATE t SET n = n + 1",
      'MYSQL_SETTING_UNSUPPORTED',
      'SET PERSIST binlog_row_image = FULL',
    ],
    ['INSERT INTO t VALUES (9007199254740993, NULL, 1); DELETE FROM t WHERE id > 100', 'MYSQL_BIGINT_UNSAFE', 'bigint'],
  ])('%s ends it with %s', async (change, code, words) => {
    const error = await endedBy(change, { bigint: 'error' });

    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('9007199254740993');
  });

  test('a partial update of a table that is not captured does not disturb', async () => {
    await sql(
      'CREATE TABLE documents (id INT PRIMARY KEY, j JSON); INSERT INTO documents VALUES (1, \'{"a":"xxxxxxxxxxxxxxxx","b":1}\')',
    );
    const running = source();
    await running.start();
    await waitUntilCaughtUp(running, broker, { url: database.url });
    await using session = await createSessionOf(database);
    await session.query(
      "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'; UPDATE documents SET j = JSON_SET(j, '$.b', 2)",
    );
    await waitUntilCaughtUp(running, broker, { url: database.url });
    await running.stop();

    await expect(running.finished).resolves.toBeUndefined();
  });

  test('a change of the checksum setting does not disturb', async () => {
    const running = source();
    await running.start();
    await waitUntilCaughtUp(running, broker, { url: database.url });
    await sql("SET GLOBAL binlog_checksum = 'NONE'; INSERT INTO t VALUES (501, NULL, 1)");
    await sql("SET GLOBAL binlog_checksum = 'CRC32'; INSERT INTO t VALUES (502, NULL, 1)");
    await waitUntilCaughtUp(running, broker, { url: database.url });
    await running.stop();

    expect((await recordsOf(broker, topic())).map(({ key }) => key).slice(-2)).toEqual(['501', '502']);
  });

  test('a server that goes away and comes back is waited for, and nothing is lost', async () => {
    const running = source();
    await running.start();
    await waitUntilCaughtUp(running, broker, { url: database.url });
    const url = server.url;
    await server.kill();
    while (running.status().state !== 'reconnecting') await new Promise((resolve) => setImmediate(resolve));
    await server.restart();
    expect(server.url).toBe(url);
    database.connection.destroy();
    await using session = await createSessionOf(database);
    await session.query('INSERT INTO t VALUES (600, NULL, 1)');
    await waitUntilCaughtUp(running, broker, { url });
    await running.stop();

    expect((await recordsOf(broker, topic())).at(-1)?.key).toBe('600');
  });
});

/** A session of its own, whose settings end with it. */
async function createSessionOf(of: TestDatabase): Promise<AsyncDisposable & { query(text: string): Promise<unknown> }> {
  const connection = await connectTo(of.url);
  return {
    query: (text) => connection.query(text),
    [Symbol.asyncDispose]: () => connection.end(),
  };
}
