import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');
const COMMAND = ['--conditions=millrace-source', join('src', 'cli', 'main.ts'), 'run'];

/** How an instance is run. */
export interface ChaosInstanceOptions {
  readonly name: string;
  /** Its own, kept over its lives. */
  readonly dataDirectory: string;
  readonly topologyFiles: readonly string[];
  /** Further arguments of `millrace run`. */
  readonly args: readonly string[];
  /** Is told of each end that nobody asked for, with what it said last. */
  readonly onUnexpectedEnd: (what: string) => void;
}

/** One `millrace run`, started again and again; what it says goes to `<dataDirectory>.log`. */
export class ChaosInstance {
  readonly #options: ChaosInstanceOptions;
  #child: ChildProcess | null = null;
  #running = new Set<string>();
  #lastWarnings: string[] = [];

  constructor(options: ChaosInstanceOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Whether all its topologies run. */
  get isRunning(): boolean {
    return this.#running.size === this.#options.topologyFiles.length;
  }

  /** Starts the process unless it is there. */
  start(): void {
    if (this.#child !== null) return;
    const { dataDirectory, topologyFiles, args } = this.#options;
    const given = ['--data-dir', dataDirectory, '--log-format', 'json', ...args];
    const child = spawn(process.execPath, [...COMMAND, ...topologyFiles, ...given], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    const endWithParent = (): void => void child.kill('SIGKILL');
    process.once('exit', endWithParent);
    this.#running = new Set();
    this.#lastWarnings = [];
    const log = createWriteStream(`${dataDirectory}.log`, { flags: 'a' });
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.write(`${line}\n`);
      if (this.#child === child) this.#heard(line);
    });
    child.once('close', (code, signal) => {
      process.off('exit', endWithParent);
      if (this.#child !== child) return;
      this.#child = null;
      const said = this.#lastWarnings.join('\n');
      this.#options.onUnexpectedEnd(`${this.name} ended by itself (${code ?? signal}):\n${said}`);
    });
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM. Resolves with its exit code, or the signal that ended it, when it is gone; 0 where it was not there. */
  stop(): Promise<number | string> {
    return this.#end('SIGTERM');
  }

  /** SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<number | string> {
    const child = this.#child;
    if (child === null) return 0;
    this.#child = null;
    this.#running.clear();
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code, by] = await ended;
    return (code as number | null) ?? (by as string);
  }

  #heard(line: string): void {
    const { application, thread, to, level } = parse(line);
    // What a worker thread says of itself is not what the application is.
    if (to !== undefined && application !== undefined && thread === undefined) {
      if (to === 'RUNNING') this.#running.add(application);
      else this.#running.delete(application);
    }
    if (level === 'info') return;
    this.#lastWarnings = [...this.#lastWarnings.slice(-2), line.slice(0, 500)];
  }
}

function parse(line: string): { application?: string; thread?: number; to?: string; level?: string } {
  try {
    return JSON.parse(line) as object;
  } catch {
    return {};
  }
}
