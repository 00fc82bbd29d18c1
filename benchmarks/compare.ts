// Runs the programs of `streams/programs.ts` on a Kafka broker, by Kafka Streams and by Millrace in turns, and compares them.
//
//   npm run bench:compare -- [--scenarios a,b,c,d,e,f] [--orders 2000000] [--runs 3]
//     [--guarantees exactly_once,at_least_once] [--threads 1,2] [--results FILE]

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CompareServices } from './compare/compare-services.ts';
import { measureRun, type RunPlan, type RunResult } from './compare/measure-run.ts';
import { buildJavaPeer, type Guarantee, guarantees, peers } from './compare/peers.ts';
import { programs } from './streams/programs.ts';

const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: Object.keys(programs).join(',') },
    orders: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '3' },
    guarantees: { type: 'string', default: guarantees.join(',') },
    threads: { type: 'string', default: '1,2' },
    results: { type: 'string', default: '' },
  },
});

const orders = Number(values.orders);
const classPath = buildJavaPeer('kafka-streams');
const directory = await mkdtemp(join(tmpdir(), 'millrace-compare-'));
try {
  await using services = await CompareServices.start(directory, orders);
  const on = { ...services.addresses, directory, classPath, orders };
  const runs: RunResult[] = [];
  for (const plan of plans()) {
    const result = await measureRun(on, plan);
    runs.push(result);
    console.log(lineOf(result));
  }
  if (values.results !== '') await writeFile(values.results, `${JSON.stringify({ runs }, null, 2)}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** The peers take turns, so that what else the machine does meets both. */
function plans(): readonly RunPlan[] {
  const rounds = Array.from({ length: Number(values.runs) }, (_, index) => index + 1);
  const threadCounts = values.threads.split(',').map(Number);
  return values.scenarios
    .split(',')
    .flatMap((scenario) => (values.guarantees.split(',') as Guarantee[]).map((guarantee) => ({ scenario, guarantee })))
    .flatMap((plan) => threadCounts.map((threads) => ({ ...plan, threads })))
    .flatMap((plan) => rounds.map((round) => ({ ...plan, round })))
    .flatMap((plan) => peers.map((peer) => ({ ...plan, peer })));
}

function lineOf(run: RunResult): string {
  const count = (value: number): string => Math.round(value).toLocaleString('en');
  return (
    `(${run.scenario}) ${run.guarantee}, ${run.threads} thread${run.threads === 1 ? '' : 's'}, ${run.peer}: ` +
    `${count(run.perSecond)}/s from launch, ${count(run.perSecondFromFirstOutput)}/s from first output, ` +
    `${count(run.warmPerSecond)}/s warm, ${run.cpuMicrosPerRecord.toFixed(1)} (warm ${run.warmCpuMicrosPerRecord.toFixed(1)}) µs CPU, ` +
    `${count(run.peakBytes / 1e6)} MB, ${count(run.outputs)} outputs ${run.digest}`
  );
}
