import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Broker } from '../../src/broker/port.ts';
import { GtidSet } from '../../src/mysql/binlog/gtid-set.ts';
import { decodeOffset } from '../../src/mysql/source/source-offset.ts';
import { readLastOffset } from '../../src/mysql/source/source-topics.ts';
import { addressesOf, connectKafka } from '../broker/kafka/kafka-harness.ts';
import { connectTo, createTestDatabase, type PrivateMySqlServer, startPrivateMySqlServer } from '../support/mysql.ts';
import { latestOf, recordsOf } from './support/capture.ts';
import { createLedger, doubledUpdates, ledgerRows, runWriters } from './support/ledger.ts';

const PROCESS = fileURLToPath(new URL('support/kafka-capture-process.ts', import.meta.url));

let server: PrivateMySqlServer;
let broker: Broker;
const processes = new Set<ChildProcess>();

beforeAll(async () => {
  server = await startPrivateMySqlServer();
  broker = await connectKafka();
});

afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await broker.close();
  await server[Symbol.asyncDispose]();
});

test(
  'when the process that captures is killed or stopped the other goes on at the very row',
  { timeout: 180_000 },
  async () => {
    await using database = await createTestDatabase(server.url);
    await createLedger(database.connection, 'ledger', 3000);
    const start = (): ChildProcess => startProcess(database.url, database.name);
    const writers = runWriters({ connect: () => connectTo(database.url), table: 'ledger', writers: 1, seed: 3 });

    const killed = start();
    await said(killed, 'captures');
    const stopped = start();
    await said(stopped, 'started');
    killed.kill('SIGKILL');
    await said(stopped, 'captures');
    const last = start();
    await said(last, 'started');
    stopped.kill('SIGSTOP');
    await said(last, 'captures');
    // It goes on as if nothing had been, and finds that its transaction is not its own any more.
    stopped.kill('SIGCONT');
    await writers.run(50);
    await caughtUp(database.url, database.name);

    const topic = `${database.name}.${database.name}.ledger`;
    expect(Object.fromEntries(await latestOf(broker, topic))).toEqual(
      Object.fromEntries(await ledgerRows(database.connection, 'ledger')),
    );
    expect(doubledUpdates(await recordsOf(broker, topic))).toEqual([]);
    expect([stopped, last].map(({ exitCode }) => exitCode)).toEqual([null, null]);
    // Before the database goes.
    for (const child of processes) child.kill('SIGKILL');
  },
);

function startProcess(url: string, database: string): ChildProcess {
  const [address] = addressesOf(inject('kafkaBootstrap'));
  const child = fork(PROCESS, [url, address?.host ?? '', String(address?.port), database, 'ledger'], {
    execArgv: ['--conditions=millrace-source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  processes.add(child);
  return child;
}

/** Resolves when the process says this; rejects when it ends. */
async function said(child: ChildProcess, word: string): Promise<void> {
  for (;;) {
    const [message] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the process ended with ${code}`))),
    ]);
    if (message === word) return;
  }
}

/** Resolves when what is committed has all that the server has executed by now. */
async function caughtUp(url: string, prefix: string): Promise<void> {
  const connection = await connectTo(url);
  const [rows] = await connection.query('SELECT @@GLOBAL.gtid_executed AS executed');
  await connection.end();
  const executed = GtidSet.parse((rows as { executed: string }[])[0]?.executed ?? '');
  for (;;) {
    const last = await readLastOffset(broker, prefix);
    if (last !== null && decodeOffset(last).done.contains(executed)) return;
  }
}
