import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ConformanceCase } from '../case-file.ts';
import { differences } from '../compare-outputs.ts';
import { Oracle } from '../oracle/oracle.ts';
import { writeCase } from '../oracle/write-case.ts';
import { runCase } from '../run-case.ts';
import { minimizeCase, type Program } from './minimize-case.ts';
import { randomInputs } from './random-inputs.ts';
import { RandomSource } from './random-source.ts';
import { randomTopology } from './random-topology.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100' },
    out: { type: 'string' },
    all: { type: 'boolean', default: false },
    'default-retention': { type: 'boolean', default: false },
  },
});

/** Runs random programs on Kafka Streams and here; writes those that come out differently, made small, or with `--all` each as it is. */
async function main(): Promise<void> {
  const [first, count] = [Number(options.seed), Number(options.count)];
  const folder = options.out === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '.', options.out);
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const counts = { same: 0, different: 0, refused: 0 };
  await using oracle = new Oracle();
  for (let seed = first; seed < first + count; seed++) {
    const program = randomProgram(seed);
    const recorded = await record(oracle, program, `random-${seed}`);
    if (recorded === null) {
      counts.refused++;
      continue;
    }
    const isSame = (await difference(recorded)).length === 0;
    counts[isSame ? 'same' : 'different']++;
    if (isSame && options.all && folder !== undefined) writeCase(join(folder, `${recorded.name}.json`), recorded);
    if (!isSame) await report(oracle, recorded, folder);
  }
  console.log(`${counts.same} the same, ${counts.different} different, ${counts.refused} refused by Kafka Streams`);
  if (counts.different > 0) process.exitCode = 1;
}

function randomProgram(seed: number): Program {
  const random = new RandomSource(seed * 7919);
  const longRetention = !options['default-retention'];
  const topology = randomTopology(random, { steps: random.between(2, random.pick([4, 6, 10])), longRetention });
  return { topology, inputs: randomInputs(random, topology) };
}

/** The program with what Kafka Streams makes of it; null where it does not build it. */
async function record(oracle: Oracle, { topology, inputs }: Program, name: string): Promise<ConformanceCase | null> {
  const answer = await oracle.ask({ topology, inputs });
  if ('refused' in answer || answer.errorMessage?.startsWith('java.lang.NullPointerException') === true) return null;
  const { outputs, outputCauses, error, errorMessage } = answer;
  const failed = error === undefined ? {} : { error };
  const description = errorMessage === undefined ? 'a random program' : `a random program that fails: ${errorMessage}`;
  return { name, description, topology, inputs, outputs, outputCauses, ...failed };
}

async function difference(recorded: ConformanceCase): Promise<readonly string[]> {
  try {
    return differences(recorded, await runCase(recorded), 'strict');
  } catch (error) {
    return [`+ ${String(error)}`];
  }
}

async function builds(recorded: ConformanceCase): Promise<boolean> {
  return runCase({ ...recorded, inputs: [] }).then(
    () => true,
    () => false,
  );
}

async function report(oracle: Oracle, recorded: ConformanceCase, folder: string | undefined): Promise<void> {
  const isBuilt = await builds(recorded);
  const isDifferent = async (program: Program): Promise<boolean> => {
    const again = await record(oracle, program, recorded.name);
    return again !== null && (await builds(again)) === isBuilt && (await difference(again)).length > 0;
  };
  const smallest = await minimizeCase(recorded, isDifferent);
  const small = (await record(oracle, smallest, recorded.name)) ?? recorded;
  console.log(`DIFFERENT ${small.name}: ${small.description}`);
  for (const step of small.topology) console.log(`  ${JSON.stringify(step)}`);
  for (const input of small.inputs) console.log(`  < ${JSON.stringify(input)}`);
  for (const line of await difference(small)) console.log(`  ${line}`);
  if (folder !== undefined) writeCase(join(folder, `${small.name}.json`), small);
}

await main();
