import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { connectTo, createTestDatabase, type TestDatabase } from '../support/mysql.ts';
import { createSource, latestOf, waitUntilCaughtUp } from './support/capture.ts';
import { createLedger, ledgerRows, runWriters } from './support/ledger.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

test.each(['tables', 'none'] as const)(
  'with 8 writers during the snapshot the topic ends as the table is (locking: %s)',
  async (snapshotLocking) => {
    const broker = await EmbeddedBroker.inMemory();
    const table = `ledger_${snapshotLocking}`;
    await createLedger(database.connection, table, 5000);
    const writers = runWriters({ connect: () => connectTo(database.url), table, writers: 8, seed: 7 });
    const source = createSource({
      broker,
      url: database.url,
      tables: [{ database: database.name, table }],
      partitions: 3,
      snapshotLocking,
      commitRecords: 500,
    });
    await source.start();
    await waitUntilCaughtUp(source, broker, { url: database.url });
    await writers.run(150);
    await waitUntilCaughtUp(source, broker, { url: database.url });
    await source.stop();

    const latest = await latestOf(broker, `my.${database.name}.${table}`);

    expect(Object.fromEntries(latest)).toEqual(Object.fromEntries(await ledgerRows(database.connection, table)));
    await broker.close();
  },
);
