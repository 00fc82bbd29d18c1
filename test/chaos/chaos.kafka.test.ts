import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runChaos } from '../../scripts/chaos/run-chaos.ts';

test(
  'outputs are exact after a kill, a freeze, a rolling restart and the death of the broker',
  { timeout: 1_200_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-chaos-'));
    const lines: string[] = [];
    const { changedRows, defects } = await runChaos({
      rounds: 4,
      guarantee: 'exactly_once',
      seed: 4,
      directory,
      changesPerSecond: 50,
      say: (line) => lines.push(line),
    });
    expect(defects, lines.join('\n')).toEqual([]);
    expect(changedRows).toBeGreaterThan(500);
    await rm(directory, { recursive: true, force: true });
  },
);
