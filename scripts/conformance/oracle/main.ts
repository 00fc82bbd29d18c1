import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ConformanceCase } from '../case-file.ts';
import { Oracle } from './oracle.ts';
import { writeCase } from './write-case.ts';

/** Records what Kafka Streams answers to the cases of the folders named: `DIR…`. */
async function main(words: readonly string[]): Promise<void> {
  if (words.length === 0) throw new Error('Expected the folders of the cases to record');
  await using oracle = new Oracle();
  for (const folder of words.map((word) => resolve(process.env['INIT_CWD'] ?? '.', word))) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
      const path = join(folder, file);
      await record(oracle, path);
      console.log(`recorded ${path}`);
    }
  }
}

async function record(oracle: Oracle, path: string): Promise<void> {
  const asked = JSON.parse(readFileSync(path, 'utf8')) as ConformanceCase;
  const answer = await oracle.ask(asked);
  if ('refused' in answer) throw new Error(`Expected ${path} to be a program of Kafka Streams: ${answer.refused}`);
  const { name, description, topology, inputs } = asked;
  const { outputs, outputCauses, error } = answer;
  const failed = error === undefined ? {} : { error };
  writeCase(path, { name, description, topology, inputs, outputs, outputCauses, ...failed });
}

await main(process.argv.slice(2));
