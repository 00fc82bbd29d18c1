import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const ROOT = join(import.meta.dirname, '..');

/** Runs a program of the toolchain, and ends this process with its output if it fails. */
function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' });
  if (status === 0) return;
  console.error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  process.exit(1);
}

/** Holds that the program of worker threads is found and runs where it is built, without the sources. */
async function startsWorkers(): Promise<void> {
  const worker = new Worker(join(ROOT, 'dist', 'cli', 'worker-main.js'), {
    workerData: { index: 1, topology: 'none', files: [join(folder, 'none.ts')] },
  });
  const [{ error }] = (await once(worker, 'message')) as [{ readonly error: { readonly code: string } | null }];
  if (error?.code === 'CLI_TOPOLOGY_NOT_FOUND') return;
  console.error(`Expected the built worker to look for its topology, got ${JSON.stringify(error)}`);
  process.exit(1);
}

// What users get is looked at, not what lies here: the built package as npm packs it.
const folder = mkdtempSync(join(tmpdir(), 'millrace-package-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
run('tsc', ['-p', 'tsconfig.build.json']);
run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]);
const tarball = join(folder, readdirSync(folder)[0] ?? 'missing.tgz');
run('publint', ['run', tarball, '--strict']);
await startsWorkers();
run('attw', [tarball, '--profile', 'esm-only', '--no-emoji']);
