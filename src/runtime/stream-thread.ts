import type { BrokerConsumer, PartitionOffset } from '../broker/port.ts';
import type { Clock } from '../core/clock.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import type { MillraceError } from '../core/millrace-error.ts';
import type { CommitWriter } from './commit-writer.ts';
import { Committer } from './committer.ts';
import type { GlobalTables } from './global-tables.ts';
import { InputFetcher } from './input-fetcher.ts';
import type { RecordCollector } from './record-collector.ts';
import type { RepartitionPurger } from './repartition-purger.ts';
import type { RunningTask } from './running-task.ts';
import type { RuntimeConfig } from './runtime-config.ts';
import { Waker } from './waker.ts';

/** What a thread is made of. It owns all of it, and closes it. */
export interface StreamThreadOptions {
  readonly tasks: readonly RunningTask[];
  /** Loaded; null where the topology has none. */
  readonly globalTables: GlobalTables | null;
  readonly consumer: BrokerConsumer;
  readonly writer: CommitWriter;
  readonly collector: RecordCollector;
  readonly purger: RepartitionPurger;
  readonly config: RuntimeConfig;
  readonly clock: Clock;
}

/** A task processes at most so many records before it is the next one's turn. */
const RECORDS_PER_TURN = 250;
/** After so many records, or so many milliseconds, input and output get a turn of the event loop. */
const RECORDS_PER_SLICE = 2000;
const SLICE_MS = 10;
/** While a commit is on its way, so many times the usual outputs and changes may gather before processing waits for it. */
const OVERLAP_FACTOR = 4;

/**
 * Runs tasks: fetches, processes, commits. Fetching and committing overlap with processing.
 *
 * Commits when the interval has passed, when the stores hold many changes, and at once when the inputs are drained: so
 * latency is low while little happens, and commits are large under load, each taking what gathered during the last.
 */
export class StreamThread {
  readonly tasks: readonly RunningTask[];
  readonly #options: StreamThreadOptions;
  readonly #fetcher: InputFetcher;
  readonly #committer: Committer;
  readonly #waker = new Waker();
  #stopping = false;
  /** Whether a commit waits for records in flight. */
  #settling = false;
  #lastCommitMs: number;

  constructor(options: StreamThreadOptions) {
    this.#options = options;
    this.tasks = options.tasks;
    this.#lastCommitMs = options.clock.now();
    this.#committer = new Committer({ ...options, onSettled: () => this.#waker.wake() });
    for (const { task } of options.tasks) task.whenFinished(() => this.#waker.wake());
    const { pollMaxWaitMs, fetchMaxBytes, bufferedRecordsPerPartition } = options.config;
    this.#fetcher = new InputFetcher(
      options.consumer,
      options.tasks.map(({ task }) => task),
      {
        pollMaxWaitMs,
        fetchMaxBytes,
        bufferedRecords: bufferedRecordsPerPartition,
        onArrival: () => this.#waker.wake(),
      },
    );
  }

  /** The global tables; null where the topology has none. */
  get globalTables(): GlobalTables | null {
    return this.#options.globalTables;
  }

  /** How many commits were made. */
  get commits(): number {
    return this.#committer.commits;
  }

  /** The committed offset of each input partition; where nothing is committed yet, its start. */
  get committedOffsets(): readonly PartitionOffset[] {
    return this.tasks.flatMap(({ task }) =>
      task.queues.map(({ topic, partition, committedOffset, startOffset }) => ({
        topic,
        partition,
        offset: committedOffset < 0 ? startOffset : committedOffset,
      })),
    );
  }

  /** Processes until `stop`, then commits. Rejects with the first error; then nothing more is committed. */
  async run(): Promise<void> {
    const { globalTables, config } = this.#options;
    globalTables?.follow({ ...config, onFailure: () => this.#waker.wake() });
    while (!this.#stopping) {
      globalTables?.throwIfFailed();
      this.#fetcher.take();
      this.#fetcher.poll();
      await this.#punctuate();
      const processed = await this.#processSlice();
      await this.#sendAhead();
      this.#committer.throwIfFailed();
      if (this.#commitIsDue()) {
        if (this.#holdsBack) await this.#flushCaches();
        if (this.#settled()) this.#beginCommit();
      }
      await (processed > 0 ? nextTurn() : this.#waker.sleep(this.#sleepMs()));
    }
    do {
      await this.#finishInFlight();
      await this.#flushCaches();
    } while (!this.#settled());
    await this.#committer.settled();
    if (!this.#committer.dirty) return;
    this.#beginCommit();
    await this.#committer.settled();
  }

  /** Lets `run` finish the record it is at and those in flight, commit and return. */
  stop(): void {
    this.#stopping = true;
    this.#waker.wake();
  }

  /**
   * Closes processors, stores, consumer and producer, once `run` has ended. What is not committed is dropped.
   * Closes all of them, then throws the first error.
   */
  async close(): Promise<void> {
    await this.#committer.settled().catch(() => undefined);
    const errors: unknown[] = [];
    const attempt = async (step: () => MaybePromise<void>): Promise<void> => {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    };
    await attempt(() => this.#options.writer.abort());
    for (const { task, stores } of this.tasks) {
      await attempt(() => task.close());
      for (const { store } of stores) await attempt(() => store.close());
    }
    await attempt(() => this.#options.globalTables?.close());
    await attempt(() => this.#fetcher.close());
    await attempt(() => this.#options.writer.close());
    if (errors.length > 0) throw errors[0];
  }

  async #punctuate(): Promise<void> {
    const nowMs = this.#options.clock.now();
    for (const { task } of this.tasks) if (task.wallClockDueMs <= nowMs) await task.punctuateWallClock();
  }

  async #processSlice(): Promise<number> {
    const { clock, collector, config } = this.#options;
    const startMs = clock.now();
    let total = 0;
    for (;;) {
      const processed = this.#processRound();
      const round = typeof processed === 'number' ? processed : await processed;
      total += round;
      if (round === 0 || total >= RECORDS_PER_SLICE) return total;
      if (clock.now() - startMs >= SLICE_MS || collector.bytes > config.sendBytes) return total;
    }
  }

  /** Gives every task a turn. While one waits for something the others go on. */
  #processRound(): MaybePromise<number> {
    let round = 0;
    const pending: Promise<number>[] = [];
    for (const { task } of this.tasks) {
      try {
        const processed = task.process(RECORDS_PER_TURN);
        if (typeof processed === 'number') round += processed;
        else pending.push(processed);
      } catch (error) {
        pending.push(Promise.reject(error as MillraceError));
        break;
      }
    }
    return pending.length === 0 ? round : sumOf(pending, round);
  }

  async #sendAhead(): Promise<void> {
    const { collector, config } = this.#options;
    const patience = this.#committer.busy ? OVERLAP_FACTOR : 1;
    if (collector.bytes > config.sendBytes * patience) await this.#committer.sendAhead();
    if (this.#committer.busy && this.#committer.uncommittedBytes > config.maxBufferedBytes)
      await this.#committer.settled();
  }

  #commitIsDue(): boolean {
    if (this.#committer.busy || !this.#committer.dirty) return false;
    const { clock, config } = this.#options;
    return (
      clock.now() - this.#lastCommitMs >= config.commitIntervalMs ||
      this.#committer.uncommittedBytes > config.maxBufferedBytes ||
      this.#drained
    );
  }

  /** Whether everything is processed that the broker is known to have, as far as it may be processed now. */
  get #drained(): boolean {
    return this.tasks.every(
      ({ task }) => !task.ready && task.inFlightRecords === 0 && task.queues.every((queue) => queue.caughtUp),
    );
  }

  /** Whether no record is in flight. Tasks that have some take no more until the commit has begun. */
  #settled(): boolean {
    this.#settling = false;
    for (const { task } of this.tasks) {
      if (task.inFlightRecords === 0) continue;
      task.takesRecords = false;
      this.#settling = true;
    }
    return !this.#settling;
  }

  get #holdsBack(): boolean {
    return this.tasks.some(({ task }) => task.caches.size > 0);
  }

  async #flushCaches(): Promise<void> {
    for (const { task } of this.tasks) await task.flushCaches();
  }

  async #finishInFlight(): Promise<void> {
    for (const { task } of this.tasks) task.takesRecords = false;
    while (!this.#settled()) {
      const processed = await this.#processSlice();
      if (processed === 0) await this.#waker.sleep(null);
    }
  }

  #beginCommit(): void {
    for (const { task } of this.tasks) task.takesRecords = true;
    this.#lastCommitMs = this.#options.clock.now();
    this.#committer.begin();
  }

  /** How long to sleep at most when nothing can be processed: until a commit is due or a wait for a partition ends. */
  #sleepMs(): number | null {
    const nowMs = this.#options.clock.now();
    const deadlines = this.tasks.map(({ task }) => task.idleDeadlineMs).filter((deadline) => deadline !== null);
    if (this.#committer.dirty && !this.#committer.busy && !this.#settling) {
      deadlines.push(this.#lastCommitMs + this.#options.config.commitIntervalMs);
    }
    for (const { task } of this.tasks) if (task.wallClockDueMs < Infinity) deadlines.push(task.wallClockDueMs);
    return deadlines.length === 0 ? null : Math.max(1, Math.min(...deadlines) - nowMs);
  }
}

/** Waits for all, also when one fails: nothing may go on behind the back of a thread that closes. */
async function sumOf(pending: readonly Promise<number>[], start: number): Promise<number> {
  let sum = start;
  for (const result of await Promise.allSettled(pending)) {
    if (result.status === 'rejected') throw result.reason;
    sum += result.value;
  }
  return sum;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
