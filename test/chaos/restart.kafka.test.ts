import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { measureRestart } from '../../benchmarks/kafka/measure-restart.ts';
import { startPrivateKafka } from '../broker/kafka/private-kafka.ts';

const ROWS = 30_000;

test(
  'an instance killed with much state replays only what came after its last commit, and counts on',
  { timeout: 240_000 },
  async () => {
    await using kafka = await startPrivateKafka({});
    const broker = await kafka.connect();
    const bootstrap = kafka.server.bootstrap();
    const directory = await mkdtemp(join(tmpdir(), 'millrace-restart-'));
    for (const guarantee of ['exactly_once', 'at_least_once'] as const) {
      const restart = await measureRestart({ broker, bootstrap, directory, rows: ROWS, guarantee });
      // Of 30,000 rows and 10,000 changes at most some of the changes.
      expect(restart.restored, guarantee).toBeLessThanOrEqual(10_000);
      if (guarantee === 'exactly_once') expect(restart.counted).toBe(restart.written);
      else expect(restart.counted).toBeGreaterThanOrEqual(restart.written);
    }
    await broker.close();
    await rm(directory, { recursive: true, force: true });
  },
);
