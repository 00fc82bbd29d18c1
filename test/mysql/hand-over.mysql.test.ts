import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { connectTo, createTestDatabase, type TestDatabase } from '../support/mysql.ts';
import { createSource, latestOf, recordsOf, waitUntilCaughtUp } from './support/capture.ts';
import {
  createVersionedTables,
  runVersionedWriters,
  VERSIONED_TABLES,
  versionedRows,
  versionFaults,
  type VersionedWriters,
} from './support/versioned-writers.ts';

/** `MILLRACE_HAND_OVER_ROUNDS=200` for the long run. */
const ROUNDS = Number(process.env.MILLRACE_HAND_OVER_ROUNDS ?? 12);
const WRITERS = 12;

let database: TestDatabase;
let writers: VersionedWriters;

beforeAll(async () => {
  database = await createTestDatabase();
  await createVersionedTables(database.connection);
  writers = await runVersionedWriters(() => connectTo(database.url), WRITERS);
});

afterAll(async () => {
  await writers.stop();
  await database[Symbol.asyncDispose]();
});

test(
  `with ${WRITERS} writers, ${ROUNDS} snapshots in a row lose nothing and double nothing`,
  { timeout: 180_000 + ROUNDS * 10_000 },
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const broker = await EmbeddedBroker.inMemory();
      const source = createSource({
        broker,
        url: database.url,
        tables: VERSIONED_TABLES.map((table) => ({ database: database.name, table, isTable: round % 2 === 0 })),
        partitions: 3,
        snapshotChunkRows: 50 + Math.floor(Math.random() * 300),
        snapshotThreads: 1 + (round % 4),
        commitRecords: 50 + Math.floor(Math.random() * 500),
      });
      await source.start();
      while (source.status().state !== 'streaming') await Promise.race([nextLook(), source.finished]);
      await writers.hold();
      await waitUntilCaughtUp(source, broker, { url: database.url });
      await source.stop();

      for (const table of VERSIONED_TABLES) {
        const topic = `my.${database.name}.${table}`;
        expect(versionFaults(await recordsOf(broker, topic)), `${table} in round ${round}`).toEqual([]);
        expect([...(await latestOf(broker, topic)).values()].toSorted()).toEqual(
          await versionedRows(database.connection, table),
        );
      }
      writers.release();
      await broker.close();
    }
    expect(writers.transactions()).toBeGreaterThan(ROUNDS);
  },
);

function nextLook(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
