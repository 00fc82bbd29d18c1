import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { applicationOf, createTopic, drained, produce, readAll, temporaryDirectory } from '../application-fixtures.ts';
import { countCallsTopology } from './count-calls.ts';

const RECORDS = 20_000;
const KEYS = 50;
const ROUNDS = 4;
const KILL_WITHIN_MS = 300;
const CHILD = fileURLToPath(new URL('./async-child.ts', import.meta.url));

async function runAndKill(directory: string): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=millrace-source', CHILD, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), Math.random() * KILL_WITHIN_MS));
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
}

test(
  'killed at any moment, every record is called at least once, and counted exactly once',
  { timeout: 240_000 },
  async () => {
    await using directory = await temporaryDirectory();
    const [brokerDirectory, outside] = [`${directory.path}/broker`, `${directory.path}/outside`];
    const values = Array.from({ length: RECORDS }, (_, index) => index);
    let broker = await EmbeddedBroker.open({ directory: brokerDirectory });
    await createTopic(broker, 'input', 2);
    await produce(
      broker,
      'input',
      values.map((value) => ({ key: value % KEYS, value, timestamp: value })),
    );
    await broker.close();

    for (let round = 0; round < ROUNDS; round++) await runAndKill(directory.path);

    broker = await EmbeddedBroker.open({ directory: brokerDirectory });
    const config = { stateDirectory: `${directory.path}/state` };
    const application = applicationOf({ topology: countCallsTopology(outside), broker, config });
    await application.start();
    await drained(application);
    const written = await readAll(broker, 'output');
    expect(written.map(({ value }) => value as number).toSorted((a, b) => a - b)).toEqual(values);
    for (const [key, records] of Map.groupBy(written, (record) => record.key as number)) {
      expect(records.map(({ value }) => value)).toEqual(values.filter((value) => value % KEYS === key));
      expect(application.store<number, number>('counts').get(key)).toBe(RECORDS / KEYS);
    }
    expect(new Set((await readFile(outside, 'utf8')).trim().split('\n')).size).toBe(RECORDS);
    await application.close();
    await broker.close();
  },
);
