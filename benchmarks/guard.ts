// What the small steps of the hot path cost, as ratios to a loop of arithmetic in the same run, beside the committed baseline.
// Never fails: times are for people to look at. `--write` makes what was measured the baseline.
//
//   npm run bench:guard -- [--write]

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calibrate, microBenchmarks } from './guard/micro-benchmarks.ts';

const BASELINE = join(import.meta.dirname, 'guard', 'baseline.json');
const ROUNDS = 400;
/** More than this over the baseline is pointed out. */
const TOLERANCE = 1.3;

const ratios = measure();
if (process.argv.includes('--write')) {
  writeFileSync(BASELINE, `${JSON.stringify(Object.fromEntries(ratios), null, 2)}\n`);
} else {
  const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Record<string, number>;
  for (const [name, ratio] of ratios) {
    const before = baseline[name] ?? Number.NaN;
    const mark = ratio > before * TOLERANCE ? '  <- slower' : '';
    console.log(`${name.padEnd(22)} ${ratio.toFixed(2)} of the loop, baseline ${before.toFixed(2)}${mark}`);
  }
}

/** The least time of each counts, for it is what the machine disturbed least; all take turns. */
function measure(): ReadonlyMap<string, number> {
  const least = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, step] of [['', calibrate] as const, ...microBenchmarks]) {
      const start = process.hrtime.bigint();
      step();
      least.set(name, Math.min(least.get(name) ?? Infinity, Number(process.hrtime.bigint() - start)));
    }
  const loop = least.get('') as number;
  return new Map([...microBenchmarks.keys()].map((name) => [name, round2((least.get(name) as number) / loop)]));
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
