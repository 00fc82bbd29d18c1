import { openThread } from './open-thread.ts';
import type { SharedParts } from './shared-parts.ts';
import { StreamThread } from './stream-thread.ts';
import { TaskCounters } from './task-counters.ts';

/** What the threads of an application are started from. */
export interface ThreadPoolOptions {
  readonly shared: SharedParts;
  /** Called when an instance wants all to stop. */
  readonly onStopRequested: () => void;
  /** Called when a thread has changed its state. */
  readonly onStateChange: () => void;
  /** Called when a thread has failed, before it closes. */
  readonly onFailure: (error: unknown) => void;
}

/** The stream threads of one application. */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Map<number, StreamThread>();
  readonly #retired = new TaskCounters();
  #retiredCommits = 0;
  #retiredRestored = 0;
  #stopping = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Those that are alive. */
  get threads(): readonly StreamThread[] {
    return [...this.#threads.values()];
  }

  /** Whether all threads have what they are assigned, and it runs. */
  get running(): boolean {
    return (
      this.#threads.size === this.#options.shared.environment.config.threads &&
      this.threads.every(({ state }) => state === 'RUNNING')
    );
  }

  /** What all tasks counted, those given up included. */
  get counters(): readonly TaskCounters[] {
    return [this.#retired, ...this.threads.flatMap(countersOf)];
  }

  /** How many commits were made. */
  get commits(): number {
    return this.threads.reduce((sum, { commits }) => sum + commits, this.#retiredCommits);
  }

  /** How many records were replayed for tasks that waited for them. */
  get restored(): number {
    return this.threads.reduce((sum, { restored }) => sum + restored, this.#retiredRestored);
  }

  /** Runs all threads until `stop`, or until one fails; resolves when all are closed. Rejects with the first error. */
  async run(): Promise<void> {
    const { config } = this.#options.shared.environment;
    const indexes = Array.from({ length: config.threads }, (_, index) => index);
    const results = await Promise.allSettled(indexes.map((index) => this.#runThread(index)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Lets all threads finish what they are at, commit and close. */
  stop(): void {
    this.#stopping = true;
    for (const thread of this.threads) thread.stop();
  }

  async #runThread(index: number): Promise<void> {
    let failure: { readonly error: unknown } | null = null;
    try {
      await this.#open(index);
      await this.#threads.get(index)?.run();
    } catch (error) {
      failure = { error };
      this.#options.onFailure(error);
      this.stop();
    }
    const thread = this.#threads.get(index);
    try {
      await thread?.close();
    } catch (error) {
      // The first error is the cause, what follows from it is noise.
      failure ??= { error };
    }
    if (thread !== undefined) this.#retire(index, thread);
    if (failure !== null) throw failure.error;
  }

  async #open(index: number): Promise<void> {
    const { shared, onStateChange, onStopRequested } = this.#options;
    const thread = new StreamThread(await openThread({ shared, index, onStateChange, onStopRequested }));
    this.#threads.set(index, thread);
    if (this.#stopping) thread.stop();
  }

  #retire(index: number, thread: StreamThread): void {
    this.#threads.delete(index);
    for (const counters of countersOf(thread)) this.#retired.add(counters);
    this.#retiredCommits += thread.commits;
    this.#retiredRestored += thread.restored;
  }
}

function countersOf({ manager }: StreamThread): TaskCounters[] {
  return [manager.retired, ...manager.running.map(({ task }) => task.counters)];
}
