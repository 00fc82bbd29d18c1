import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';

const root = join(import.meta.dirname, '..', '..');
const program = ['--conditions=millrace-source', join('src', 'cli', 'main.ts')];

/** How a run of the command line ended. */
export interface MillraceResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the command line, in the root of the repository and with no variables of Millrace but those given. `await using` ends it. */
export class MillraceProcess implements AsyncDisposable {
  readonly finished: Promise<MillraceResult>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_'));
    this.#child = spawn(process.execPath, [...program, ...args], {
      cwd: root,
      env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.finished = once(this.#child, 'close').then(([code]) => ({
      exitCode: code as number,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** What it has said so far besides its results. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves once the output has the text; rejects when the program ends without. */
  async says(text: string): Promise<void> {
    const has = (): boolean => this.#stdout.includes(text) || this.#stderr.includes(text);
    const ended = this.finished.then(() => 'ended');
    while (!has()) {
      const data = Promise.race([once(this.#child.stdout, 'data'), once(this.#child.stderr, 'data')]);
      if ((await Promise.race([data, ended])) === 'ended' && !has()) {
        throw new Error(`Expected the program to say "${text}", got: ${this.#stdout}${this.#stderr}`);
      }
    }
  }

  /** Sends signals so that all of them are there when the program looks. */
  signal(...signals: NodeJS.Signals[]): void {
    for (const signal of ['SIGSTOP', ...signals, 'SIGCONT'] as const) this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.finished;
  }
}

/** Runs the command line to its end. */
export function runMillrace(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<MillraceResult> {
  return new MillraceProcess(args, variables).finished;
}

/** A fixture of `test/cli/topologies`, as the command line is given it. */
export function fixture(name: string): string {
  return `test/cli/topologies/${name}.ts`;
}

/** A data directory of one test. `await using` removes it. */
export interface TestDataDirectory extends AsyncDisposable {
  readonly path: string;
  /** Opens the embedded broker that the command line uses. */
  openBroker(): Promise<EmbeddedBroker>;
}

/** Makes an empty data directory. */
export async function createDataDirectory(): Promise<TestDataDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  return {
    path,
    openBroker: () => EmbeddedBroker.open({ directory: join(path, 'broker') }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
