import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import type { Application } from '../../../src/runtime/application.ts';
import type { RestoreProgress } from '../../../src/runtime/application-listener.ts';
import {
  applicationOf,
  createTopic,
  drained,
  type PlainRecord,
  produce,
  readAll,
  temporaryDirectory,
} from '../application-fixtures.ts';
import { countAndSumTopology } from './count-and-sum.ts';

type Guarantee = 'exactly_once' | 'at_least_once';

const RECORDS = 60_000;
const GROUPS = 40;
const ROUNDS = 6;
/** The application is killed at a random moment so long after it runs. */
const KILL_WITHIN_MS = 400;
const CHILD = fileURLToPath(new URL('./crashing-child.ts', import.meta.url));

/** Input, and what it comes to. */
function workload(): { records: PlainRecord[]; counts: Record<string, number>; sums: Record<string, number> } {
  const counts: Record<string, number> = {};
  const sums: Record<string, number> = {};
  const records = Array.from({ length: RECORDS }, (_, index) => {
    const group = `g${(index * 7) % GROUPS}`;
    const amount = index % 17;
    counts[group] = (counts[group] ?? 0) + 1;
    sums[group] = (sums[group] ?? 0) + amount;
    return { key: index, value: { group, amount }, timestamp: index };
  });
  return { records, counts, sums };
}

/** Runs the application in a process of its own, and kills it at a random moment after it runs. */
async function runAndKill(directory: string, guarantee: Guarantee): Promise<RestoreProgress[]> {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=millrace-source', CHILD, directory, guarantee], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    if (!output.includes('\n')) setTimeout(() => child.kill('SIGKILL'), Math.random() * KILL_WITHIN_MS);
    output += chunk;
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return JSON.parse(output) as RestoreProgress[];
}

/** Runs the application here to the end of its input. */
async function finish(
  directory: string,
  guarantee: Guarantee,
  check: (application: Application, broker: EmbeddedBroker, restores: RestoreProgress[]) => Promise<void>,
): Promise<void> {
  const broker = await EmbeddedBroker.open({ directory: `${directory}/broker` });
  const restores: RestoreProgress[] = [];
  const application = applicationOf({
    topology: countAndSumTopology(),
    broker,
    config: { stateDirectory: `${directory}/state`, processingGuarantee: guarantee },
    stateListener: { onRestoreEnd: (progress) => restores.push(progress) },
  });
  await application.start();
  await drained(application);
  await check(application, broker, restores);
  await application.close();
  await broker.close();
}

async function crashRepeatedly(
  directory: string,
  guarantee: Guarantee,
  records: PlainRecord[],
): Promise<RestoreProgress[]> {
  const broker = await EmbeddedBroker.open({ directory: `${directory}/broker` });
  await createTopic(broker, 'input', 2);
  await produce(broker, 'input', records);
  await broker.close();
  const restores: RestoreProgress[] = [];
  for (let round = 0; round < ROUNDS; round++) restores.push(...(await runAndKill(directory, guarantee)));
  return restores;
}

function stored(application: Application, store: string, keys: readonly string[]): Record<string, number | null> {
  const part = application.store<string, number>(store);
  return Object.fromEntries(keys.map((key) => [key, part.get(key)]));
}

describe('killed again and again', { timeout: 240_000 }, () => {
  test('exactly once: stores and outputs are exact, and a wiped store is restored to the same', async () => {
    await using directory = await temporaryDirectory();
    const { records, counts, sums } = workload();

    const restores = await crashRepeatedly(directory.path, 'exactly_once', records);

    const keys = Object.keys(counts);
    await finish(directory.path, 'exactly_once', async (application, broker) => {
      expect(application.metrics().recordsProcessed).toBeLessThan(RECORDS * 3);
      expect(stored(application, 'counts', keys)).toEqual(counts);
      expect(stored(application, 'sums', keys)).toEqual(sums);
      const written = await readAll(broker, 'counts');
      expect(written).toHaveLength(RECORDS);
      const byGroup = Map.groupBy(written, ({ key }) => key as string);
      for (const [group, outputs] of byGroup) {
        expect(outputs.map(({ value }) => value)).toEqual(
          Array.from({ length: counts[group] as number }, (_, n) => n + 1),
        );
      }
    });
    // A store is at most one commit behind its changelog, and a commit has each key once.
    for (const { restored } of restores) expect(restored).toBeLessThanOrEqual(GROUPS);
    await rm(`${directory.path}/state`, { recursive: true });
    await finish(directory.path, 'exactly_once', async (application, _, full) => {
      expect(full.map(({ fromOffset }) => fromOffset)).toEqual([0, 0, 0, 0]);
      expect(stored(application, 'counts', keys)).toEqual(counts);
      expect(stored(application, 'sums', keys)).toEqual(sums);
    });
  });

  test('at least once: nothing is missing', async () => {
    await using directory = await temporaryDirectory();
    const { records, counts } = workload();

    await crashRepeatedly(directory.path, 'at_least_once', records);

    const keys = Object.keys(counts);
    await finish(directory.path, 'at_least_once', async (application, broker) => {
      const found = stored(application, 'counts', keys);
      for (const key of keys) expect(found[key]).toBeGreaterThanOrEqual(counts[key] as number);
      expect((await readAll(broker, 'counts')).length).toBeGreaterThanOrEqual(RECORDS);
    });
  });
});
