import type { MillraceError } from '../../core/millrace-error.ts';
import { describeError } from '../errors/describe-error.ts';
import { openThread } from './open-thread.ts';
import type { PooledThread } from './pooled-thread.ts';
import type { SharedParts } from '../shared-parts.ts';
import { StreamThread } from './stream-thread.ts';
import { TaskCounters } from '../tasks/task-counters.ts';
import type { ThreadHost } from '../workers/thread-host.ts';
import { WorkerThread } from '../workers/worker-thread.ts';

/** What the threads of an application are started from. */
export interface ThreadPoolOptions {
  readonly shared: SharedParts;
  /** Runs all threads but the first in workers; null runs all in this event loop. */
  readonly host: ThreadHost | null;
  /** Called when an instance wants all to stop. */
  readonly onStopRequested: () => void;
  /** Called when a thread has changed its state. */
  readonly onStateChange: () => void;
  /** Whether all threads have run once: before, errors are not those of a thread. */
  readonly hasRun: () => boolean;
  /** Called when a thread has failed that is not replaced, before it closes. */
  readonly onFailure: (error: unknown) => void;
}

const FIRST_REPLACEMENT_WAIT_MS = 100;
/** How long an abandoned thread may take to close its stores. */
const ABANDONED_CLOSE_MS = 1000;
const LONGEST_REPLACEMENT_WAIT_MS = 30_000;

/** The stream threads of one application. */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Map<number, PooledThread>();
  readonly #retired = new TaskCounters();
  readonly #ended = { commits: 0, restored: 0, rebalances: 0 };
  #failedThreads = 0;
  #stopping = false;
  #paused = false;
  #isAbandoned = false;
  #tellsToStop = false;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #abandoned = Promise.withResolvers<never>();

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#abandoned.promise.catch(() => undefined);
  }

  /** Those that are alive, in the order of their numbers. */
  get threads(): readonly PooledThread[] {
    return [...this.#threads].sort(([one], [other]) => one - other).map(([, thread]) => thread);
  }

  /** Those of them in this event loop. */
  get local(): readonly StreamThread[] {
    return this.threads.filter((thread) => thread instanceof StreamThread);
  }

  /** Those of them in workers. */
  get workers(): readonly WorkerThread[] {
    return this.threads.filter((thread) => thread instanceof WorkerThread);
  }

  /** Whether all threads have what they are assigned, and it runs. */
  get running(): boolean {
    return (
      this.#threads.size === this.#options.shared.environment.config.threads &&
      this.threads.every(({ status }) => status.state === 'RUNNING')
    );
  }

  /** What all tasks counted, those given up included. */
  get counters(): readonly TaskCounters[] {
    return [this.#retired, ...this.threads.flatMap(({ counters }) => counters)];
  }

  /** How many commits were made. */
  get commits(): number {
    return this.#sum('commits');
  }

  /** How many records were replayed for tasks that waited for them. */
  get restored(): number {
    return this.#sum('restored');
  }

  /** How many assignments threads were given. */
  get rebalances(): number {
    return this.#sum('rebalances');
  }

  /** How many threads an error has ended. */
  get failedThreads(): number {
    return this.#failedThreads;
  }

  /** Runs all threads until `stop`, or until one fails; resolves when all are closed. Rejects with the first error. */
  async run(): Promise<void> {
    const { config, worker } = this.#options.shared.environment;
    const first = worker?.index ?? 0;
    const indexes = Array.from({ length: config.threads }, (_, index) => first + index);
    const results = await Promise.allSettled(indexes.map((index) => this.#runThread(index)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Lets all threads finish what they are at, commit and close. */
  stop(): void {
    this.#stopping = true;
    this.#stopped.resolve();
    for (const thread of this.threads) thread.stop();
  }

  /** Waits for them no longer: they are closed as they are, and what they have not committed is dropped. */
  abandon(error: MillraceError): void {
    this.#isAbandoned = true;
    this.#abandoned.reject(error);
  }

  /** Has all threads stop processing, or go on with it. */
  pause(paused: boolean): void {
    this.#paused = paused;
    for (const thread of this.threads) thread.pause(paused);
  }

  async #runThread(index: number): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const commitsBefore = this.#ended.commits;
      const failure = await this.#runOnce(index);
      if (failure === null) return;
      if (this.#ended.commits > commitsBefore) attempt = 0;
      if (!this.#mayReplace) throw failure.error;
      this.#options.shared.environment.logger.error('replaced a thread that an error has ended', {
        thread: index,
        ...describeError(failure.error),
      });
      const waitMs = Math.min(FIRST_REPLACEMENT_WAIT_MS * 2 ** attempt, LONGEST_REPLACEMENT_WAIT_MS);
      await Promise.race([this.#stopped.promise, new Promise((resolve) => setTimeout(resolve, waitMs).unref())]);
      if (this.#stopping) return;
    }
  }

  /** A thread that never ran would fail again. */
  get #mayReplace(): boolean {
    const { shared, hasRun } = this.#options;
    return shared.environment.config.uncaughtErrors === 'replaceThread' && hasRun() && !this.#stopping;
  }

  /** Runs a thread until it is stopped, or ends by an error, and closes it. */
  async #runOnce(index: number): Promise<{ readonly error: unknown } | null> {
    let failure: { readonly error: unknown } | null = null;
    try {
      await this.#open(index);
      await Promise.race([this.#threads.get(index)?.run(), this.#abandoned.promise]);
    } catch (error) {
      failure = { error };
      this.#failedThreads++;
      await this.#told(index, error);
    }
    const thread = this.#threads.get(index);
    try {
      if (thread !== undefined) await (this.#isAbandoned ? inTime(thread) : thread.close());
    } catch (error) {
      // The first error is the cause, what follows from it is noise.
      failure ??= { error };
    }
    if (thread !== undefined) this.#retire(index, thread);
    return failure;
  }

  async #told(index: number, error: unknown): Promise<void> {
    const { shared, onFailure } = this.#options;
    const { uncaughtErrors, shutdownTimeoutMs } = shared.environment.config;
    if (this.#mayReplace) return;
    if (uncaughtErrors === 'stopApplication' && !this.#stopping) {
      await this.#stopEverywhere(index, shutdownTimeoutMs);
    }
    onFailure(error);
    this.stop();
  }

  /** The thread that has failed tells all instances, or another one where it cannot. */
  async #stopEverywhere(index: number, timeoutMs: number): Promise<void> {
    const failed = this.#threads.get(index);
    if (failed === undefined) return;
    this.#tellsToStop = true;
    for (const thread of [failed, ...this.threads.filter((other) => other !== failed)]) {
      if (await thread.stopAll(timeoutMs)) return;
    }
  }

  async #open(index: number): Promise<void> {
    const { shared, host, onStateChange } = this.#options;
    // What this instance asks for, it hears too.
    const onStopRequested = (): void => (this.#tellsToStop ? undefined : this.#options.onStopRequested());
    const thread =
      host === null || index === 0
        ? new StreamThread(await openThread({ shared, index, onStateChange, onStopRequested }))
        : new WorkerThread({ shared, index, host, onStateChange });
    this.#threads.set(index, thread);
    thread.pause(this.#paused);
    if (this.#stopping) thread.stop();
  }

  /** Of all threads, those that have ended included. */
  #sum(count: 'commits' | 'restored' | 'rebalances'): number {
    return this.threads.reduce((sum, thread) => sum + thread[count], this.#ended[count]);
  }

  #retire(index: number, thread: PooledThread): void {
    this.#threads.delete(index);
    for (const counters of thread.counters) this.#retired.add(counters);
    this.#ended.commits += thread.commits;
    this.#ended.restored += thread.restored;
    this.#ended.rebalances += thread.rebalances;
  }
}

/** What hangs is left alone. */
async function inTime(thread: PooledThread): Promise<void> {
  const closing = thread.close();
  closing.catch(() => undefined);
  await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, ABANDONED_CLOSE_MS))]);
  thread.abandon();
}
