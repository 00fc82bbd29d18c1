import { expect, test } from 'vitest';
import { useCaptureFixture } from './support/capture-fixture.ts';
import { createSource, recordsOf } from './support/capture.ts';
import { startPrivateMySqlServer, connectTo } from '../support/mysql.ts';

const fixture = useCaptureFixture();
const { capture, caughtUp, sql, topic } = fixture;

async function opsOf(table: string): Promise<string[]> {
  return (await recordsOf(fixture.broker, topic(table))).map(({ key, headers }) => `${headers.op}${key}`);
}

test('never: only changes from the start on come', async () => {
  await sql('CREATE TABLE unread (id INT PRIMARY KEY); INSERT INTO unread VALUES (1)');
  const source = await capture(['unread'], { snapshotMode: 'never' });
  await sql('INSERT INTO unread VALUES (2)');
  await caughtUp(source);
  await source.stop();
  await sql('INSERT INTO unread VALUES (3)');
  await (await capture(['unread'], { snapshotMode: 'never' })).stop();

  expect(await opsOf('unread')).toEqual(['c2', 'c3']);
});

test('initial_only: the source ends by itself when all is read', async () => {
  await sql('CREATE TABLE read_once (id INT PRIMARY KEY); INSERT INTO read_once VALUES (1)');
  const source = createSource({
    broker: fixture.broker,
    url: fixture.database.url,
    tables: [{ database: fixture.database.name, table: 'read_once' }],
    snapshotMode: 'initial_only',
  });
  await source.start();
  await source.finished;

  expect(source.status()).toMatchObject({ state: 'stopped', snapshot: [{ rows: 1, percent: 100, etaMs: 0 }] });
  expect(await opsOf('read_once')).toEqual(['r1']);
});

test('always: all is read at each start, and what is gone gets a tombstone', async () => {
  await sql('CREATE TABLE reread (id INT PRIMARY KEY); INSERT INTO reread VALUES (1), (2)');
  await (await capture(['reread'], { snapshotMode: 'always' })).stop();
  await sql('DELETE FROM reread WHERE id = 1');
  await (await capture(['reread'], { snapshotMode: 'always' })).stop();

  expect(await opsOf('reread')).toEqual(['r1', 'r2', 'r2', 'd1']);
});

test('when_needed: after the server has purged what is needed all is read anew', async () => {
  await using server = await startPrivateMySqlServer();
  const connection = await connectTo(server.url);
  await connection.query(
    'CREATE DATABASE purging; CREATE TABLE purging.t (id INT PRIMARY KEY); INSERT INTO purging.t VALUES (1), (2)',
  );
  const open = () =>
    createSource({
      broker: fixture.broker,
      url: server.url,
      tables: [{ database: 'purging', table: 't' }],
      snapshotMode: 'when_needed',
    });
  const ops = async () =>
    (await recordsOf(fixture.broker, 'my.purging.t')).map(({ key, headers }) => `${headers.op}${key}`);
  const first = open();
  await first.start();
  while ((await ops()).length < 2)
    await Promise.race([first.finished, new Promise((resolve) => setTimeout(resolve, 5))]);
  await first.stop();
  await connection.query('DELETE FROM purging.t WHERE id = 1; INSERT INTO purging.t VALUES (3); FLUSH BINARY LOGS');
  const [[log]] = (await connection.query('SHOW BINARY LOG STATUS')) as unknown as [[{ File: string }]];
  await connection.query(`PURGE BINARY LOGS TO '${log.File}'`);
  const second = open();
  await second.start();
  while ((await ops()).length < 5)
    await Promise.race([second.finished, new Promise((resolve) => setTimeout(resolve, 5))]);
  await second.stop();
  await connection.end();

  expect(await ops()).toEqual(['r1', 'r2', 'r2', 'r3', 'd1']);
});

test('rows that do not meet the condition of their table are not read, and come when they change', async () => {
  await sql('CREATE TABLE filtered (id INT PRIMARY KEY, n INT); INSERT INTO filtered VALUES (1, 0), (2, 0), (3, 0)');
  await sql('CREATE TABLE keyless (n INT); INSERT INTO keyless VALUES (1), (2)');
  const { broker, database } = fixture;
  const source = createSource({
    broker,
    url: database.url,
    tables: [
      { database: database.name, table: 'filtered', where: 'id % 2 = 0' },
      { database: database.name, table: 'keyless', where: 'n > 1' },
    ],
  });
  await source.start();
  await caughtUp(source);
  await sql('UPDATE filtered SET n = 1 WHERE id = 1');
  await caughtUp(source);
  await source.stop();

  expect(await opsOf('filtered')).toEqual(['r2', 'u1']);
  expect((await recordsOf(broker, topic('keyless'))).map(({ value }) => value)).toEqual(['{"n":2}']);
});

test('an empty table is complete at once, and its first row comes as a change', async () => {
  await sql('CREATE TABLE without_rows (id INT PRIMARY KEY)');
  const source = await capture(['without_rows']);
  await sql('INSERT INTO without_rows VALUES (1)');
  await caughtUp(source);
  await source.stop();

  expect(source.status().snapshot).toMatchObject([{ rows: 0, isComplete: true }]);
  expect(await opsOf('without_rows')).toEqual(['c1']);
});

test('a table without a key whose snapshot breaks off has each row once', async () => {
  await sql('CREATE TABLE without_key (n INT, filler VARCHAR(2000))');
  const rows = Array.from({ length: 3000 }, (_, n) => `(${n}, REPEAT('x', 2000))`).join(',');
  await sql(`INSERT INTO without_key VALUES ${rows}`);
  const first = createSource({
    broker: fixture.broker,
    url: fixture.database.url,
    tables: [{ database: fixture.database.name, table: 'without_key' }],
    commitRecords: 100,
  });
  await first.start();
  while (first.status().snapshot[0]?.rows === undefined) await new Promise((resolve) => setImmediate(resolve));
  await first.stop();
  const isComplete = first.status().snapshot[0]?.isComplete;
  await (await capture(['without_key'], { commitRecords: 100 })).stop();

  const values = (await recordsOf(fixture.broker, topic('without_key'))).map(({ value }) => value);
  expect(isComplete).toBe(false);
  expect(values).toHaveLength(3000);
  expect(new Set(values).size).toBe(3000);
});
