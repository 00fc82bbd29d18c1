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
import { createLedger, doubledUpdates, ledgerRows, runWriters } from './support/ledger.ts';

const ROUNDS = 5;
const PROCESS = fileURLToPath(new URL('support/capture-process.ts', import.meta.url));

let database: TestDatabase;
let directory: string;

beforeAll(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'millrace-source-'));
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test('killed with SIGKILL again and again, in the snapshot and in the stream, it loses nothing and doubles nothing', async () => {
  await createLedger(database.connection, 'killed', 20_000);
  const writers = runWriters({ connect: () => connectTo(database.url), table: 'killed', writers: 4, seed: 11 });
  for (let round = 0; round < ROUNDS; round++) {
    const child = start();
    await once(child, 'message');
    // Not a wait for something: the moment of the kill is meant to be anywhere.
    await new Promise((resolve) => setTimeout(resolve, 40 * round * Math.random()));
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await writers.run(40);
  const broker = await EmbeddedBroker.open({ directory });
  const source = createSource({
    broker,
    url: database.url,
    tables: [{ database: database.name, table: 'killed' }],
    partitions: 3,
  });
  await source.start();
  await waitUntilCaughtUp(source, broker, { url: database.url });
  await source.stop();

  const topic = `my.${database.name}.killed`;
  expect(Object.fromEntries(await latestOf(broker, topic))).toEqual(
    Object.fromEntries(await ledgerRows(database.connection, 'killed')),
  );
  expect(doubledUpdates(await recordsOf(broker, topic))).toEqual([]);
  await broker.close();
});

function start(): ChildProcess {
  return fork(PROCESS, [database.url, directory, database.name, 'killed'], {
    execArgv: ['--conditions=millrace-source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
