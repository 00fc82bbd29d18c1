import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CountingMessage, CountingOptions } from './counting-messages.ts';

const PROGRAM = fileURLToPath(new URL('counting-instance.ts', import.meta.url));

/** A process that runs the count topology. `await using` kills it. */
export class CountingProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #said = new Map<CountingMessage['kind'], PromiseWithResolvers<CountingMessage>>();

  constructor(options: CountingOptions) {
    this.#child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ['--conditions=millrace-source'],
      env: { ...process.env, COUNTING_APPLICATION: options.application },
    });
    this.#child.on('message', (message: CountingMessage) => this.#promised(message.kind).resolve(message));
    this.#child.once('exit', (code) => {
      for (const kind of ['running', 'processing'] as const)
        this.#promised(kind).reject(new Error(`the instance ended with ${code} before it was ${kind}`));
    });
  }

  /** Resolves when it has said so; rejects when it ends before. */
  said(kind: CountingMessage['kind']): Promise<CountingMessage> {
    return this.#promised(kind).promise;
  }

  /** Lets one that was started paused process. */
  resume(): void {
    this.#child.send('resume');
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #promised(kind: CountingMessage['kind']): PromiseWithResolvers<CountingMessage> {
    let promised = this.#said.get(kind);
    if (promised === undefined) {
      promised = Promise.withResolvers<CountingMessage>();
      promised.promise.catch(() => undefined);
      this.#said.set(kind, promised);
    }
    return promised;
  }
}
