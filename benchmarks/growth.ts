// What a record costs while the state grows: scenario (d) of `streams/programs.ts` on a Kafka broker, by one process of Millrace.
// CPU time is what counts, so that it may run beside other things; its results are written after each size.
//
//   npm run bench:growth -- [--sizes 10000,100000,1000000,5000000,10000000] [--updates 200000] [--scenario d]
//     [--guarantee exactly_once] [--results growth-results.json]

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CompareServices } from './compare/compare-services.ts';
import type { GrowthResults, GrowthStep } from './compare/growth/growth-results.ts';
import { measureGrowth } from './compare/growth/measure-growth.ts';
import { describeMachine } from './compare/machine.ts';
import type { Guarantee } from './compare/peers.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000,5000000,10000000' },
    updates: { type: 'string', default: '200000' },
    scenario: { type: 'string', default: 'd' },
    guarantee: { type: 'string', default: 'exactly_once' },
    results: { type: 'string', default: 'growth-results.json' },
  },
});

const { scenario, results } = values;
const guarantee = values.guarantee as Guarantee;
const machine = describeMachine();
const steps: GrowthStep[] = [];
const directory = await mkdtemp(join(tmpdir(), 'millrace-growth-'));
try {
  await using services = await CompareServices.start(directory, 0);
  const on = { ...services.addresses, directory, classPath: '', orders: 0 };
  const plan = { scenario, peer: 'millrace', guarantee, threads: 1, round: 1 } as const;
  const sizes = values.sizes.split(',').map(Number);
  await measureGrowth(on, { plan, sizes, updates: Number(values.updates) }, async (step) => {
    steps.push(step);
    console.log(textOf(step));
    const kept: GrowthResults = { machine, scenario, guarantee, steps };
    await writeFile(results, `${JSON.stringify(kept, null, 2)}\n`);
  });
} finally {
  await rm(directory, { recursive: true, force: true });
}

function textOf(step: GrowthStep): string {
  const { rows, wholeCpuMicrosPerRecord, fillCpuMicrosPerRecord, updateCpuMicrosPerRecord, peakBytes } = step;
  const costs = `${updateCpuMicrosPerRecord.toFixed(1)} µs CPU an update, ${fillCpuMicrosPerRecord.toFixed(1)} µs since the size before, ${wholeCpuMicrosPerRecord.toFixed(1)} µs in all`;
  return `${rows.toLocaleString('en')} rows: ${costs}, peak ${Math.round(peakBytes / 1e6)} MB`;
}
