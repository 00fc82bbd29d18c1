import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The scripts of package.json that `npm run check` runs: all of them, whatever the others say. */
const STEPS = ['format:check', 'lint', 'types', 'layers', 'unused', 'package'];
/** How many run at a time: the slow ones use more than one core by themselves. */
const AT_ONCE = 2;

interface StepResult {
  readonly ok: boolean;
  readonly output: string;
}

function run(step: string): Promise<StepResult> {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', step], { cwd: join(import.meta.dirname, '..') });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() }));
  });
}

async function runInTurn(steps: string[], failed: string[]): Promise<void> {
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    const startedAt = performance.now();
    const { ok, output } = await run(step);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (!ok) {
      failed.push(step);
      console.log(output.trimEnd());
    }
    console.log(`${ok ? 'ok    ' : 'FAILED'} npm run ${step} (${seconds} s)`);
  }
}

const waiting = [...STEPS];
const failed: string[] = [];
await Promise.all(Array.from({ length: AT_ONCE }, () => runInTurn(waiting, failed)));
process.exitCode = failed.length > 0 ? 1 : 0;
