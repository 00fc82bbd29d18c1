import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
} from './support/versioned-writers.ts';

/** Kills; `MILLRACE_KILLS=100` for the long run. After every few the capture begins anew, so that snapshots are killed too. */
const KILLS = Number(process.env.MILLRACE_KILLS ?? 6);
const KILLS_PER_CAPTURE = 6;
const PROCESS = fileURLToPath(new URL('support/capture-process.ts', import.meta.url));

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await createVersionedTables(database.connection);
});

afterAll(() => database[Symbol.asyncDispose]());

test(
  'killed with SIGKILL again and again, in the snapshot and in the stream, it loses nothing and doubles nothing',
  { timeout: 180_000 + KILLS * 10_000 },
  async () => {
    const writers = await runVersionedWriters(() => connectTo(database.url), 4);
    for (let kills = 0; kills < KILLS; kills += KILLS_PER_CAPTURE) {
      const directory = await mkdtemp(join(tmpdir(), 'millrace-source-'));
      for (let kill = 0; kill < Math.min(KILLS_PER_CAPTURE, KILLS - kills); kill++) await runAndKill(directory);
      const broker = await EmbeddedBroker.open({ directory });
      const source = createSource({
        broker,
        url: database.url,
        tables: VERSIONED_TABLES.map((table) => ({ database: database.name, table })),
        partitions: 3,
      });
      await source.start();
      await writers.hold();
      await waitUntilCaughtUp(source, broker, { url: database.url });
      await source.stop();
      for (const table of VERSIONED_TABLES) {
        const topic = `my.${database.name}.${table}`;
        expect(versionFaults(await recordsOf(broker, topic)), `${table} after ${kills}`).toEqual([]);
        const latest = [...(await latestOf(broker, topic)).values()].toSorted();
        expect(latest).toEqual(await versionedRows(database.connection, table));
      }
      writers.release();
      await broker.close();
      await rm(directory, { recursive: true, force: true });
    }
    await writers.stop();
  },
);

async function runAndKill(directory: string): Promise<void> {
  const child = start(directory);
  await once(child, 'message');
  // Not a wait for something: the moment of the kill is meant to be anywhere.
  await new Promise((resolve) => setTimeout(resolve, 500 * Math.random() ** 2));
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function start(directory: string): ChildProcess {
  return fork(PROCESS, [database.url, directory, database.name, ...VERSIONED_TABLES], {
    execArgv: ['--conditions=millrace-source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
