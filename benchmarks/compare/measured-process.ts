import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** How a process is started. */
export interface ProcessCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether a line that it prints says that it runs. */
  readonly saysRunning: (line: string) => boolean;
}

/** What a process has used so far. */
export interface ProcessUsage {
  /** User and system, of all its threads. */
  readonly cpuMicros: number;
  /** The most memory that it had resident. */
  readonly peakBytes: number;
}

/** `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux that Node.js runs on. */
const MICROS_PER_TICK = 10_000;

/** A process that is measured from outside, by what Linux tells of it. Whatever it prints goes to a file. */
export class MeasuredProcess implements AsyncDisposable {
  /** When it was launched, by `performance.now()`. */
  readonly launchedMs = performance.now();
  /** When it said that it runs, likewise; rejects when it ends before. */
  readonly running: Promise<number>;
  readonly #child: ChildProcess;
  readonly #logFile: string;

  constructor(started: ProcessCommand, logFile: string) {
    this.#logFile = logFile;
    const child = spawn(started.command, started.args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...started.environment },
    });
    this.#child = child;
    const endWithParent = (): void => void child.kill('SIGKILL');
    process.once('exit', endWithParent);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    promise.catch(() => undefined);
    this.running = promise;
    const log = createWriteStream(logFile, { flags: 'a' });
    for (const output of [child.stdout, child.stderr])
      createInterface({ input: output }).on('line', (line) => {
        log.write(`${line}\n`);
        if (started.saysRunning(line)) resolve(performance.now());
      });
    child.once('error', reject);
    child.once('close', () => {
      process.off('exit', endWithParent);
      log.end();
      reject(new Error(`${started.command} ended before it ran; see ${logFile}`));
    });
  }

  /** Throws when it has ended, with what it said last. */
  mustRun(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return;
    const said = readFileSync(this.#logFile, 'utf8').trim().split('\n').slice(-10).join('\n');
    throw new Error(`Expected the process to run, but it ended with ${exitCode ?? signalCode}:\n${said}`);
  }

  usage(): ProcessUsage {
    this.mustRun();
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    // Behind the name, which may have anything in it: the fields from the third on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return {
      cpuMicros: (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK,
      peakBytes: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024,
    };
  }

  /** SIGTERM. Resolves when it is gone. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}
