import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CaseRecord, ConformanceCase } from '../case-file.ts';

const FOLDER = import.meta.dirname;
const TARGET = join(FOLDER, 'target');

/** What Kafka Streams made of a case, or why it does not build the program. */
export type OracleAnswer =
  | {
      readonly outputs: readonly CaseRecord[];
      readonly outputCauses: readonly number[];
      readonly error?: { readonly input: number };
      readonly errorMessage?: string;
    }
  | { readonly refused: string };

/** Kafka Streams in a Java process, asked for one case after another. Needs Java 17 and, the first time, Maven. */
export class Oracle implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  constructor() {
    if (!existsSync(join(TARGET, 'libraries'))) {
      execFileSync('mvn', ['-q', '-B', 'process-classes'], { cwd: FOLDER, stdio: 'inherit' });
    }
    const classes = `${join(TARGET, 'classes')}:${join(TARGET, 'libraries', '*')}`;
    this.#process = spawn('java', ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classes, 'oracle.Main']);
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve, reject) => this.#process.on('error', reject).on('exit', resolve));
  }

  /** Runs the program of a case on its inputs; what the case expects is not looked at. One call at a time. */
  async ask({ topology, inputs }: Pick<ConformanceCase, 'topology' | 'inputs'>): Promise<OracleAnswer> {
    this.#process.stdin.write(`${JSON.stringify({ topology, inputs })}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('Expected an answer, but the Java process has ended');
    return JSON.parse(line.value) as OracleAnswer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }
}
