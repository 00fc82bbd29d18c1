import { join, resolve } from 'node:path';
import { readCases, type ConformanceCase } from './case-file.ts';
import { differences, type Comparison } from './compare-outputs.ts';
import { deviations } from './deviations.ts';
import { runCase } from './run-case.ts';
import { UnsupportedStep } from './steps/step-table.ts';

const OWN_CASES = join(import.meta.dirname, '..', '..', 'test', 'conformance', 'streams');

type Verdict = 'passed' | 'failed' | 'skipped';

/** Runs the cases of the folders named, or the project's own: `[--per-key] [DIR…]`. */
async function main(words: readonly string[]): Promise<void> {
  const comparison: Comparison = words.includes('--per-key') ? 'per-key' : 'strict';
  const unknown = words.find((word) => word.startsWith('-') && word !== '--per-key');
  if (unknown !== undefined) throw new Error(`Expected --per-key or folders, got ${unknown}`);
  const named = words.filter((word) => !word.startsWith('-'));
  // npm runs scripts in the package's folder; INIT_CWD is where the user is.
  const folders =
    named.length === 0 ? [OWN_CASES] : named.map((folder) => resolve(process.env['INIT_CWD'] ?? '.', folder));
  const counts: Record<Verdict, number> = { passed: 0, failed: 0, skipped: 0 };
  for (const found of folders.flatMap(readCases)) counts[await judge(found, comparison)]++;
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
}

async function judge(expected: ConformanceCase, comparison: Comparison): Promise<Verdict> {
  try {
    const lines = differences(expected, await runCase(expected), comparison);
    if (lines.length === 0) return 'passed';
    if (expected.name in deviations) return skip(expected, `differs on purpose: ${deviations[expected.name]}`);
    console.log(`FAILED ${expected.name}: ${expected.description}`);
    for (const line of lines) console.log(`  ${line}`);
  } catch (error) {
    if (error instanceof UnsupportedStep) return skip(expected, `not supported yet: ${error.message}`);
    console.log(`FAILED ${expected.name}: ${expected.description}\n  ${String(error)}`);
  }
  return 'failed';
}

function skip({ name }: ConformanceCase, reason: string): Verdict {
  console.log(`skipped ${name}: ${reason}`);
  return 'skipped';
}

await main(process.argv.slice(2));
