import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { applicationOf, drained, type PlainRecord, produce, temporaryDirectory } from '../application-fixtures.ts';
import { type Row, sumsOfRows, sumsOfRowsConfig } from './sums-of-rows.ts';

const ROWS = 2000;
const UPDATES = 20_000;
const GROUPS = 20;
const KILLS = 5;
/** The application is killed at a random moment so long after it runs. */
const KILL_WITHIN_MS = 400;
const CHILD = fileURLToPath(new URL('./crashing-sums.ts', import.meta.url));

function updates(): { records: PlainRecord[]; sums: Map<string, number> } {
  const rows = new Map<number, Row>();
  const records = Array.from({ length: UPDATES }, (_, index) => {
    const key = (index * 7919) % ROWS;
    const value = { group: `g${(index * 31) % GROUPS}`, amount: 1 + (index % 17) };
    rows.set(key, value);
    return { key, value, timestamp: index };
  });
  const sums = new Map<string, number>();
  for (const { group, amount } of rows.values()) sums.set(group, (sums.get(group) ?? 0) + amount);
  return { records, sums };
}

async function runAndKill(directory: string): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=millrace-source', CHILD, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), Math.random() * KILL_WITHIN_MS));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
}

/** The sums that the application has when it has processed all. */
async function sumsAtTheEnd(directory: string): Promise<Map<string, number | null>> {
  const broker = await EmbeddedBroker.open({ directory: `${directory}/broker` });
  const config = { stateDirectory: `${directory}/state`, ...sumsOfRowsConfig };
  const application = applicationOf({ topology: sumsOfRows(), broker, config });
  await application.start();
  await drained(application);
  const store = application.store<string, number>('sums');
  const groups = Array.from({ length: GROUPS }, (_, index) => `g${index}`);
  const sums = new Map(groups.map((group) => [group, store.get(group)]));
  await application.close();
  await broker.close();
  return sums;
}

test('sums over a table whose topic is its changelog are exact after kills, and after its state is lost', async () => {
  await using directory = await temporaryDirectory();
  const { records, sums } = updates();
  const broker = await EmbeddedBroker.open({ directory: `${directory.path}/broker` });
  await broker.admin.createTopics([{ name: 'rows', partitions: 2, config: { 'cleanup.policy': 'compact' } }]);
  await produce(broker, 'rows', records.slice(0, UPDATES - 1000));
  await broker.close();

  for (let kill = 0; kill < KILLS; kill++) {
    // Once in between, so that rows are restored while others are still to be processed.
    if (kill === 2) await rm(`${directory.path}/state`, { recursive: true });
    await runAndKill(directory.path);
  }
  const later = await EmbeddedBroker.open({ directory: `${directory.path}/broker` });
  await produce(later, 'rows', records.slice(UPDATES - 1000));
  await later.close();
  await rm(`${directory.path}/state`, { recursive: true });

  expect(await sumsAtTheEnd(directory.path)).toEqual(sums);
}, 240_000);
