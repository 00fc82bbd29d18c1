import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Connection } from 'mysql2/promise';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { MySqlSourceOptions } from '../../src/mysql/source/mysql-source.ts';
import { connectTo, startPrivateMySqlServer, type PrivateMySqlServer } from '../support/mysql.ts';
import { createSource, latestOf, recordsOf, waitUntilCaughtUp } from './support/capture.ts';
import {
  createVersionedTables,
  runVersionedWriters,
  VERSIONED_TABLES,
  versionedRows,
  versionFaults,
} from './support/versioned-writers.ts';

const WITHOUT_GTIDS = ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF'];

let server: PrivateMySqlServer;
let connection: Connection;
let broker: EmbeddedBroker;

beforeAll(async () => {
  server = await startPrivateMySqlServer({ options: WITHOUT_GTIDS });
  connection = await connectTo(server.url);
  await connection.query('CREATE DATABASE shop; USE shop');
});

afterAll(async () => {
  connection.destroy();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  broker = await EmbeddedBroker.inMemory();
  return () => broker.close();
});

function sourceOf(tables: readonly string[], options: Partial<MySqlSourceOptions> = {}) {
  const names = tables.map((table) => ({ database: 'shop', table }));
  return createSource({ broker, url: server.url, tables: names, ...options });
}

async function capture(tables: readonly string[], options: Partial<MySqlSourceOptions> = {}) {
  const source = sourceOf(tables, options);
  await source.start();
  await waitUntilCaughtUp(source, broker, { url: server.url });
  return source;
}

const opsOf = async (table: string) =>
  (await recordsOf(broker, `my.shop.${table}`)).map(({ key, headers }) => `${headers.op}${key}`);

test(
  'on a server without GTIDs, snapshots and restarts while others write lose nothing and double nothing',
  { timeout: 300_000 },
  async () => {
    await connection.query('CREATE TABLE keyless (n INT); INSERT INTO keyless VALUES (1), (2)');
    await createVersionedTables(connection);
    const url = new URL(server.url);
    url.pathname = '/shop';
    const writers = await runVersionedWriters(() => connectTo(url.href), 4);
    const tables = [...VERSIONED_TABLES, 'keyless'];
    for (let round = 0; round < 6; round++) {
      const source = sourceOf(tables, { commitRecords: 40, snapshotChunkRows: 60, partitions: 2 });
      await source.start();
      const [written, emitted] = [writers.transactions(), source.status().rowsEmitted];
      while (writers.transactions() < written + 40 || source.status().rowsEmitted < emitted + 40)
        await Promise.race([new Promise((resolve) => setImmediate(resolve)), source.finished]);
      await source.stop();
      if (round === 3) await connection.query('FLUSH BINARY LOGS');
    }
    const source = sourceOf(tables, { commitRecords: 100, partitions: 2 });
    await source.start();
    await writers.hold();
    await connection.query('INSERT INTO keyless VALUES (3)');
    await waitUntilCaughtUp(source, broker, { url: server.url });
    await source.stop();

    for (const table of VERSIONED_TABLES) {
      const records = await recordsOf(broker, `my.shop.${table}`);
      expect(versionFaults(records), table).toEqual([]);
      const latest = [...(await latestOf(broker, `my.shop.${table}`)).values()].toSorted();
      expect(latest).toEqual(await versionedRows(connection, table));
      expect(records.every(({ headers }) => /^binlog\.\d{6}:\d+$/.test(headers['gtid'] ?? ''))).toBe(true);
    }
    expect((await recordsOf(broker, 'my.shop.keyless')).map(({ value }) => value)).toEqual([
      '{"n":1}',
      '{"n":2}',
      '{"n":3}',
    ]);
    await writers.stop();
  },
);

test('a transaction of which a part is written goes on behind that part, also when its server was killed', async () => {
  await connection.query('CREATE TABLE parts (id INT PRIMARY KEY)');
  const first = await capture(['parts'], { commitRecords: 10 });
  const rows = Array.from({ length: 500 }, (_, id) => `(${id})`).join(',');
  await connection.query(`INSERT INTO parts VALUES ${rows}`);
  while (first.status().rowsEmitted < 10)
    await Promise.race([new Promise((resolve) => setImmediate(resolve)), first.finished]);
  await server.kill();
  await server.restart();
  connection = await connectTo(server.url);
  await connection.query('USE shop');
  await waitUntilCaughtUp(first, broker, { url: server.url });
  await first.stop();

  const ids = (await recordsOf(broker, 'my.shop.parts')).map(({ headers }) => headers['id']);
  expect(ids).toHaveLength(500);
  expect(new Set(ids).size).toBe(500);
});

test('an XA transaction that was prepared before a restart comes once, when it is committed, and none that is rolled back', async () => {
  await connection.query('CREATE TABLE xa (id INT PRIMARY KEY)');
  await (await capture(['xa'])).stop();
  const others = await Promise.all([connectTo(server.url), connectTo(server.url)]);
  const source = await capture(['xa']);
  for (const [index, other] of others.entries())
    await other.query(
      `XA START 'x${index}'; INSERT INTO shop.xa VALUES (${index}); XA END 'x${index}'; XA PREPARE 'x${index}'`,
    );
  await connection.query('INSERT INTO xa VALUES (10)');
  while (!(await opsOf('xa')).includes('c10'))
    await Promise.race([new Promise((resolve) => setImmediate(resolve)), source.finished]);
  await source.stop();
  await connection.query('FLUSH BINARY LOGS');
  await others[0].query("XA COMMIT 'x0'");
  await others[1].query("XA ROLLBACK 'x1'");
  await Promise.all(others.map((other) => other.end()));
  await (await capture(['xa'])).stop();
  await (await capture(['xa'])).stop();

  expect(await opsOf('xa')).toEqual(['c10', 'c0']);
});

test('another server is refused, and so is a binlog that was purged or begun anew; by policy all is read anew', async () => {
  await connection.query('CREATE TABLE elsewhere (id INT PRIMARY KEY); INSERT INTO elsewhere VALUES (1)');
  await (await capture(['elsewhere'])).stop();
  const other = await startPrivateMySqlServer({ options: WITHOUT_GTIDS });
  const onOther = await connectTo(other.url);
  await onOther.query('CREATE DATABASE shop; CREATE TABLE shop.elsewhere (id INT PRIMARY KEY)');
  await onOther.end();
  await expect(sourceOf(['elsewhere'], { url: other.url }).start()).rejects.toMatchObject({
    code: 'MYSQL_HISTORY_DIVERGED',
    message: expect.stringContaining('without GTIDs a source cannot change servers') as string,
  });
  await other[Symbol.asyncDispose]();

  await connection.query('INSERT INTO elsewhere VALUES (2); FLUSH BINARY LOGS; DELETE FROM elsewhere WHERE id = 1');
  const [[log]] = (await connection.query('SHOW BINARY LOG STATUS')) as unknown as [[{ File: string }]];
  await connection.query(`PURGE BINARY LOGS TO '${log.File}'`);
  await expect(sourceOf(['elsewhere']).start()).rejects.toMatchObject({
    code: 'MYSQL_BINLOG_PURGED',
    message: expect.stringMatching(/binlog\.\d+:\d+, got it from binlog\.\d+ on/) as string,
  });
  await (await capture(['elsewhere'], { snapshotMode: 'when_needed' })).stop();
  expect(await opsOf('elsewhere')).toEqual(['r1', 'r2', 'd1']);

  await connection.query('RESET BINARY LOGS AND GTIDS');
  await expect(sourceOf(['elsewhere']).start()).rejects.toMatchObject({ code: 'MYSQL_HISTORY_DIVERGED' });
});
