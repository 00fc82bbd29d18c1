import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { systemScheduler } from '../../src/core/scheduler.ts';
import { CaptureElection } from '../../src/mysql/source/capture-election.ts';
import type { MySqlSource } from '../../src/mysql/source/mysql-source.ts';
import { connectTo, createTestDatabase, type TestDatabase } from '../support/mysql.ts';
import { createSource, latestOf, recordsOf, waitUntilCaughtUp } from './support/capture.ts';
import { createLedger, doubledUpdates, ledgerRows, runWriters } from './support/ledger.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

function election(broker: Broker, table: string, url = database.url): CaptureElection {
  return new CaptureElection({
    broker,
    topicPrefix: 'my',
    topics: [`my.${database.name}.${table}`],
    createSource: () => createSource({ broker, url, tables: [{ database: database.name, table }], commitRecords: 50 }),
    logger: silentLogger,
    scheduler: { ...systemScheduler, after: (_delayMs, action) => systemScheduler.after(10, action) },
  });
}

test('one captures, the other stands by, and goes on at the very row when the first one stops', async () => {
  await createLedger(database.connection, 'handed_over', 3000);
  const broker = await EmbeddedBroker.inMemory();
  const writers = runWriters({ connect: () => connectTo(database.url), table: 'handed_over', writers: 2, seed: 5 });
  const [first, second] = [election(broker, 'handed_over'), election(broker, 'handed_over')];
  await first.start();
  await second.start();
  expect([first.source?.status().state, second.source]).toEqual([expect.any(String), null]);
  await first.stop();
  // The second one takes over in the background.
  while (second.source === null) await new Promise((resolve) => setImmediate(resolve));
  await writers.run(40);
  await waitUntilCaughtUp(second.source, broker, { url: database.url });
  await second.stop();
  const topic = `my.${database.name}.handed_over`;
  expect(Object.fromEntries(await latestOf(broker, topic))).toEqual(
    Object.fromEntries(await ledgerRows(database.connection, 'handed_over')),
  );
  expect(doubledUpdates(await recordsOf(broker, topic))).toEqual([]);
  await broker.close();
});

test('one that was fenced while it leads captures again, from what is committed', async () => {
  await createLedger(database.connection, 'fenced', 10);
  const broker = await EmbeddedBroker.inMemory();
  const only = election(broker, 'fenced');
  await only.start();
  const before = only.source as MySqlSource;
  await waitUntilCaughtUp(before, broker, { url: database.url });
  await broker.openTransactionalProducer('millrace-mysql-my');
  await database.connection.query('INSERT INTO fenced VALUES (77, 1, NULL)');
  await expect(before.finished).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
  while (only.source === null) await new Promise((resolve) => setImmediate(resolve));
  await waitUntilCaughtUp(only.source, broker, { url: database.url });
  expect(await latestOf(broker, `my.${database.name}.fenced`)).toHaveLength(11);
  await only.stop();
  await broker.close();
});

test('what keeps the first one from starting is thrown, and the next one may try', async () => {
  await createLedger(database.connection, 'started', 1);
  const broker = await EmbeddedBroker.inMemory();
  const wrong = election(broker, 'no_such_table');
  await expect(wrong.start()).rejects.toMatchObject({ code: 'MYSQL_TABLE_NOT_FOUND' });
  const right = election(broker, 'started');
  await right.start();
  expect(right.source).not.toBeNull();
  await right.stop();
  await wrong.stop();
  await broker.close();
});
