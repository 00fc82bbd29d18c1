import { expect, test } from 'vitest';
import type { MySqlSource } from '../../src/mysql/source/mysql-source.ts';
import { sendSignal } from '../../src/mysql/source/signal-topic.ts';
import { useCaptureFixture } from './support/capture-fixture.ts';
import { createSource, recordsOf, waitUntilCaughtUp } from './support/capture.ts';

const fixture = useCaptureFixture();
const { capture, caughtUp, sql, topic } = fixture;

function signal(type: string, data: unknown = {}): Promise<number> {
  return sendSignal(fixture.broker, 'my', JSON.stringify({ id: `id-${type}`, type, data }));
}

function execute(table: string, filter?: string): Promise<number> {
  const collection = `${fixture.database.name}.${table}`;
  const conditions = filter === undefined ? [] : [{ 'data-collection': collection, filter }];
  return signal('execute-snapshot', { 'data-collections': [collection], 'additional-conditions': conditions });
}

async function until(source: MySqlSource, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), source.finished]);
  }
}

async function opsOf(table: string): Promise<string[]> {
  return (await recordsOf(fixture.broker, topic(table))).map(({ key, headers }) => `${headers.op}${key}`);
}

test('a table is read once more on request, while its changes go on', async () => {
  await sql('CREATE TABLE asked (id INT PRIMARY KEY, n INT); INSERT INTO asked VALUES (1, 0), (2, 0)');
  const source = await capture(['asked']);
  await sql('UPDATE asked SET n = 1 WHERE id = 2');
  await execute('asked');
  await until(source, async () => (await opsOf('asked')).length === 5);
  await sql('DELETE FROM asked WHERE id = 1');
  await caughtUp(source);
  await source.stop();

  expect(await opsOf('asked')).toEqual(['r1', 'r2', 'u2', 'r1', 'r2', 'd1']);
});

test('on request only the rows of a condition are read, and nothing else gets a tombstone', async () => {
  await sql('CREATE TABLE some (id INT PRIMARY KEY); INSERT INTO some VALUES (1), (2), (3)');
  const source = await capture(['some']);
  await execute('some', 'id > 1 AND id < 3');
  await until(source, async () => (await opsOf('some')).length === 4);
  await source.stop();

  expect(await opsOf('some')).toEqual(['r1', 'r2', 'r3', 'r2']);
});

test('a signal is followed once, whenever the source was restarted', async () => {
  await sql('CREATE TABLE once_only (id INT PRIMARY KEY); INSERT INTO once_only VALUES (1)');
  await (await capture(['once_only'])).stop();
  await execute('once_only');
  const second = await capture(['once_only']);
  await until(second, async () => (await opsOf('once_only')).length === 2);
  await second.stop();
  const third = await capture(['once_only']);
  await sql('INSERT INTO once_only VALUES (2)');
  await caughtUp(third);
  await third.stop();

  expect(await opsOf('once_only')).toEqual(['r1', 'r1', 'c2']);
});

test('a table is added to a running source, keeps being captured, and is known after a restart', async () => {
  await sql('CREATE TABLE captured (id INT PRIMARY KEY); CREATE TABLE added (id INT PRIMARY KEY)');
  await sql('INSERT INTO added VALUES (1), (2)');
  const source = await capture(['captured']);
  await execute('added');
  await until(source, () =>
    source.status().snapshot.some(({ table, isComplete }) => table.endsWith('.added') && isComplete),
  );
  await sql('INSERT INTO added VALUES (3); INSERT INTO captured VALUES (1)');
  await caughtUp(source);
  await source.stop();
  const second = await capture(['captured']);
  await sql('INSERT INTO added VALUES (4)');
  await caughtUp(second);
  await second.stop();

  expect(await opsOf('added')).toEqual(['r1', 'r2', 'c3', 'c4']);
  expect(await opsOf('captured')).toEqual(['c1']);
});

test('a table that does not exist, and a signal that is none, are passed over', async () => {
  await sql('CREATE TABLE unharmed (id INT PRIMARY KEY)');
  const source = await capture(['unharmed']);
  await execute('missing');
  await signal('no-such-type');
  await sendSignal(fixture.broker, 'my', 'no JSON');
  await execute('unharmed');
  await sql('INSERT INTO unharmed VALUES (1)');
  await until(source, () => source.status().snapshot.some(({ isComplete, isOnRequest }) => isComplete && isOnRequest));
  await caughtUp(source);
  await source.stop();

  expect(await opsOf('unharmed')).toContain('c1');
});

test('a snapshot waits while it is paused, across a restart too, and goes on when it is resumed', async () => {
  const { source, open } = await pausedSnapshot('waiting');
  const written = source.status().snapshot.at(-1)?.rows ?? 0;
  await sql('INSERT INTO waiting VALUES (100000)');
  await caughtUp(source);
  await source.stop();
  const second = open();
  await second.start();
  await sql('INSERT INTO waiting VALUES (100001)');
  await until(second, async () => (await opsOf('waiting')).includes('c100001'));
  const whilePaused = second.status().snapshot.find(({ isComplete }) => isComplete);
  await signal('resume-snapshot');
  await until(second, () => second.status().snapshot.some(({ isComplete }) => isComplete));
  await second.stop();

  expect(written).toBeLessThan(1000);
  expect(whilePaused).toBeUndefined();
  const ops = await opsOf('waiting');
  expect(ops.filter((op) => op.startsWith('r'))).toHaveLength(2000);
  expect(new Set(ops).size).toBe(1002);
});

test('a snapshot on request is stopped, and the table is captured as before', async () => {
  const { source } = await pausedSnapshot('stopped');
  await signal('stop-snapshot', { 'data-collections': [`${fixture.database.name}.stopped`] });
  await signal('resume-snapshot');
  await until(source, () => source.status().snapshot.every(({ isComplete, isStopped }) => isComplete || isStopped));
  await sql('INSERT INTO stopped VALUES (100000)');
  await caughtUp(source);
  await source.stop();

  const ops = await opsOf('stopped');
  expect(ops.at(-1)).toBe('c100000');
  expect(ops.filter((op) => op.startsWith('r')).length).toBeLessThan(2000);
});

/** A source that was told to read a table of 1000 rows once more, and then to pause. */
async function pausedSnapshot(table: string) {
  await sql(`CREATE TABLE ${table} (id INT PRIMARY KEY)`);
  await sql(`INSERT INTO ${table} VALUES ${Array.from({ length: 1000 }, (_, id) => `(${id})`).join(',')}`);
  const open = () =>
    createSource({
      broker: fixture.broker,
      url: fixture.database.url,
      tables: [{ database: fixture.database.name, table }],
      snapshotChunkRows: 50,
    });
  const source = open();
  await source.start();
  await waitUntilCaughtUp(source, fixture.broker, { url: fixture.database.url });
  await signal('pause-snapshot');
  await execute(table);
  await until(source, () => source.status().snapshot.some(({ isOnRequest }) => isOnRequest));
  return { source, open };
}
