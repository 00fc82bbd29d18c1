import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChaos } from './run-chaos.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    guarantee: { type: 'string', default: 'exactly_once' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '200' },
  },
});

/** Runs the chaos loop; keeps data and logs, and says where, only when something was not as it must be. */
async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-chaos-'));
  const { changedRows, defects } = await runChaos({
    rounds: Number(options.rounds),
    guarantee: options.guarantee === 'at_least_once' ? 'at_least_once' : 'exactly_once',
    seed: Number(options.seed),
    directory,
    changesPerSecond: Number(options.rate),
    say: (line) => console.log(line),
  });
  console.log(`${options.rounds} rounds, ${options.guarantee}: ${changedRows} rows written, ${defects.length} defects`);
  if (defects.length === 0) return rm(directory, { recursive: true, force: true });
  console.log(`${defects.join('\n')}\ndata and logs: ${directory}`);
  process.exitCode = 1;
}

// Whatever ends it, what it started ends too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
