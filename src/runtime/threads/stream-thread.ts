import { setTimeout as delay } from 'node:timers/promises';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { taskName } from '../../core/task-id.ts';
import { readTasks, type ThreadReadings } from '../application-readings.ts';
import type { ThreadStatus } from '../application-status.ts';
import type { AssignmentData, TaskHost } from '../assignment/assignment-data.ts';
import { Committer } from '../commit/committer.ts';
import { InputFetcher } from './input-fetcher.ts';
import { isMigrated, isRetriable } from '../errors/retriable-error.ts';
import type { OpenedThread } from './open-thread.ts';
import type { PooledThread } from './pooled-thread.ts';
import type { TaskCounters } from '../tasks/task-counters.ts';
import { TaskExecutor } from '../tasks/task-executor.ts';
import type { TaskManager } from '../tasks/task-manager.ts';
import type { ThreadState } from './thread-state.ts';

/** While a commit is on its way, so many times the usual outputs and changes may gather before processing waits for it. */
const OVERLAP_FACTOR = 4;

/** The least time between two rebalances that a thread asks for since something has warmed up. */
const LEAST_PROBE_INTERVAL_MS = 1000;

/**
 * Runs the tasks it is assigned: fetches, processes, commits. Fetching and committing overlap with processing, and so does
 * bringing up tasks.
 *
 * Commits when the interval has passed, when the stores hold many changes, and at once when the inputs are drained: so
 * latency is low while little happens, and commits are large under load, each taking what gathered during the last.
 */
export class StreamThread implements PooledThread {
  /** The tasks it has. */
  readonly manager: TaskManager;
  readonly #parts: OpenedThread;
  readonly #fetcher: InputFetcher;
  readonly #executor: TaskExecutor;
  readonly #committer: Committer;
  /** How many assignments it was given. */
  rebalances = 0;
  #state: ThreadState = 'STARTING';
  #runs = false;
  #stopping = false;
  /** Resolved when the group has told it that all are to stop. */
  readonly #stopHeard = Promise.withResolvers<void>();
  #paused = false;
  /** Since when no commit has come about, and how many there were before. */
  #trouble: { readonly commits: number; readonly sinceMs: number } | null = null;
  #lastCommitMs: number;
  /** When it is to ask for another rebalance. */
  #probeAtMs = Infinity;
  #probedAtMs = 0;
  /** The tasks that are to move here as soon as their state has caught up. */
  #warmups: readonly string[] = [];

  /** It owns its parts, and closes them. */
  constructor(parts: OpenedThread) {
    const { environment, collector, consumer, waker } = parts;
    const { config, clock } = environment;
    this.#parts = parts;
    this.manager = parts.manager;
    this.#lastCommitMs = clock.now();
    this.#committer = new Committer({ ...parts, clock, onSettled: () => waker.wake() });
    this.#executor = new TaskExecutor({ collector, config, clock });
    this.#fetcher = new InputFetcher(consumer, {
      pollMaxWaitMs: config.pollMaxWaitMs,
      fetchMaxBytes: config.fetchMaxBytes,
      bufferedRecords: config.bufferedRecordsPerPartition,
      taskTimeoutMs: config.taskTimeoutMs,
      clock,
      onArrival: () => waker.wake(),
    });
  }

  get hosts(): readonly TaskHost[] {
    return this.#parts.membership.assignment?.hosts ?? [];
  }

  get status(): ThreadStatus {
    const { index } = this.#parts;
    return { index, state: this.#state, active: this.manager.status(true), standby: this.manager.status(false) };
  }

  get counters(): readonly TaskCounters[] {
    return [this.manager.retired, ...this.manager.running.map(({ task }) => task.counters)];
  }

  async readings(): Promise<ThreadReadings> {
    const nowMs = this.#parts.environment.clock.now();
    return {
      index: this.#parts.index,
      state: this.#state,
      processing: this.#executor.latency.readAt(nowMs),
      polls: this.#fetcher.polls.readAt(nowMs),
      commits: this.#committer.latency.readAt(nowMs),
      tasks: await readTasks(this.manager.running, nowMs),
    };
  }

  get commits(): number {
    return this.#committer.commits;
  }

  get restored(): number {
    return this.#parts.updater.restored;
  }

  /** Joins its group first. */
  async run(): Promise<void> {
    this.#runs = true;
    try {
      await this.#run();
    } finally {
      this.#runs = false;
    }
  }

  /** What is in flight is finished, too. */
  stop(): void {
    this.#stopping = true;
    this.#parts.waker.wake();
  }

  /** In its group the thread stays, and its standbys go on. */
  pause(paused: boolean): void {
    this.#paused = paused;
    this.#parts.waker.wake();
  }

  /** To be asked of a thread that runs, for another that cannot any more, or of one whose `run` has failed. */
  async stopAll(timeoutMs: number): Promise<boolean> {
    const { membership, waker, environment } = this.#parts;
    if (this.#runs) {
      membership.stopAll();
      await Promise.race([this.#stopHeard.promise, delay(timeoutMs, undefined, { ref: false })]);
      return true;
    }
    await this.manager.closeAll().catch(() => undefined);
    membership.gaveUpAll();
    membership.stopAll();
    const deadlineMs = environment.clock.now() + timeoutMs;
    for (;;) {
      const event = membership.takeEvent();
      if (event?.kind === 'assigned' && event.assignment.stop) return true;
      const restMs = deadlineMs - environment.clock.now();
      if (restMs <= 0) return true;
      await waker.sleep(restMs);
    }
  }

  /**
   * Closes processors, stores, consumers and producer, once `run` has ended. What is not committed is dropped.
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
    await attempt(() => this.#committer.writer.abort());
    await attempt(() => this.manager.closeAll());
    await attempt(() => this.#parts.updater.close());
    await attempt(() => this.#fetcher.close());
    await attempt(() => this.#committer.writer.close());
    // When all is closed, so that others find it free.
    await attempt(() => this.#parts.membership.leave());
    this.#enter('DEAD');
    if (errors.length > 0) throw errors[0];
  }

  /** It shares its event loop with whoever lets go of it: what hangs is left alone. */
  abandon(): void {}

  async #run(): Promise<void> {
    await this.#parts.membership.join();
    while (!this.#stopping) {
      try {
        await this.#round();
      } catch (error) {
        if (!this.#mayGoOnAfter(error) && !(await this.#isOvertaken(error))) throw error;
        await this.#giveUp(String(error));
      }
    }
    this.#enter('PENDING_SHUTDOWN');
    await this.#commitLast();
  }

  /** Whoever has its tasks by now, since its session or its transaction has ended, does what this cannot commit any more. */
  async #commitLast(): Promise<void> {
    try {
      await this.#commitAll();
    } catch (error) {
      if (!isMigrated(error)) throw error;
      this.#parts.environment.logger.warn('ends without a last commit', { reason: String(error) });
    }
  }

  /** Applies an assignment: what it takes away is committed and closed before it resolves. */
  async #assign({ active, standby, warmups, probeAfterMs, stop }: AssignmentData): Promise<void> {
    const { membership, environment } = this.#parts;
    this.rebalances++;
    if (stop) {
      this.#stopHeard.resolve();
      this.#parts.onStopRequested();
    }
    this.#warmups = warmups.map(taskName);
    this.#probeAtMs = probeAfterMs === null ? Infinity : environment.clock.now() + probeAfterMs;
    const assignment = { active: active.map(taskName), standby: standby.map(taskName) };
    this.#enter('PARTITIONS_ASSIGNED');
    if (this.manager.revokedBy(assignment).length > 0) await this.#commitAll();
    await this.#committer.settled();
    await this.manager.assign(assignment);
    membership.gaveUp();
  }

  async #followGroup(): Promise<void> {
    const { membership, environment } = this.#parts;
    const event = membership.takeEvent();
    if (event?.kind === 'assigned') await this.#assign(event.assignment);
    else if (event !== null) await this.#giveUp(event.reason);
    const nowMs = environment.clock.now();
    if (this.#hasWarmedUp) {
      this.#warmups = [];
      // A leader that sees it otherwise is not asked again at once.
      this.#probeAtMs = Math.min(this.#probeAtMs, this.#probedAtMs + LEAST_PROBE_INTERVAL_MS);
    }
    if (nowMs < this.#probeAtMs) return;
    this.#probeAtMs = Infinity;
    this.#probedAtMs = nowMs;
    membership.rejoin('look whether state that is warmed up has caught up');
  }

  /** Whether it has caught up with a task that is to move here. */
  get #hasWarmedUp(): boolean {
    const { environment, updater } = this.#parts;
    // Well below the limit, so that it still is when the leader looks.
    return this.#warmups.some((task) => updater.lagOf(task) <= environment.config.acceptableRecoveryLag / 2);
  }

  /** Whether the error is of a state of things that is over when the tasks are opened anew, or that may end by itself. */
  #mayGoOnAfter(error: unknown): boolean {
    if (this.#parts.membership.hasFailed) return false;
    if (isMigrated(error)) return true;
    if (!isRetriable(error)) return false;
    const { clock, config } = this.#parts.environment;
    if (this.#trouble?.commits !== this.commits) this.#trouble = { commits: this.commits, sinceMs: clock.now() };
    return clock.now() - this.#trouble.sinceMs < config.taskTimeoutMs;
  }

  /**
   * Whether the group has committed beyond an offset that is no longer there: then others have the partition, and have purged
   * it, while this thread did not know yet that its session was over.
   */
  async #isOvertaken(error: unknown): Promise<boolean> {
    if (!(error instanceof MillraceError) || error.code !== 'OFFSET_OUT_OF_RANGE') return false;
    const { topic, partition, offset } = error.context;
    const { broker, config } = this.#parts.environment;
    const where = { topic: String(topic), partition: Number(partition) };
    const [committed] = await broker.admin.committedOffsets(config.applicationId, [where]);
    return committed !== undefined && committed.offset > Number(offset);
  }

  async #round(): Promise<void> {
    const { updater } = this.#parts;
    await this.#followGroup();
    updater.throwIfFailed();
    this.manager.throwIfFailed();
    if (this.manager.takeChanged()) await this.#runTasks();
    this.#fetcher.take();
    this.#fetcher.poll();
    const processed = this.#paused ? 0 : await this.#process();
    await this.#sendAhead();
    this.#committer.throwIfFailed();
    if (this.#commitIsDue()) {
      if (this.#executor.holdsBack) await this.#executor.flushCaches();
      if (this.#executor.settle()) this.#beginCommit();
    }
    await (processed > 0 ? nextTurn() : this.#parts.waker.sleep(this.#sleepMs()));
  }

  async #process(): Promise<number> {
    await this.#executor.punctuate();
    return this.#executor.processSlice();
  }

  /** Takes up what the manager has brought up or closed. */
  async #runTasks(): Promise<void> {
    await this.#committer.settled();
    const { running } = this.manager;
    const tasks = running.map(({ task }) => task);
    for (const task of tasks) task.whenFinished(() => this.#parts.waker.wake());
    this.#committer.assign(running);
    this.#executor.tasks = tasks;
    await this.#fetcher.assign(tasks);
    if (this.#state === 'PARTITIONS_ASSIGNED' && !this.manager.pending) this.#enter('RUNNING');
  }

  /** Closes all tasks without a commit, since they are not ours any more or their transaction is lost, and begins anew. */
  async #giveUp(reason: string): Promise<void> {
    const { environment, membership, openWriter } = this.#parts;
    environment.logger.warn('gave up its tasks without a commit', { reason });
    this.#enter('PARTITIONS_REVOKED');
    await this.manager.closeAll();
    await this.#committer.forget(openWriter);
    await this.#runTasks();
    membership.gaveUpAll();
    membership.rejoin('gave up its tasks');
  }

  /** Finishes what is in flight, has everything forwarded, and commits. */
  async #commitAll(): Promise<void> {
    do {
      await this.#finishInFlight();
      await this.#executor.flushCaches();
    } while (!this.#executor.settle());
    await this.#committer.settled();
    if (this.#committer.dirty) this.#beginCommit();
    else this.#executor.takeRecords();
    await this.#committer.settled();
  }

  async #sendAhead(): Promise<void> {
    const { collector, environment } = this.#parts;
    const { sendBytes, maxBufferedBytes } = environment.config;
    const patience = this.#committer.busy ? OVERLAP_FACTOR : 1;
    if (collector.bytes > sendBytes * patience) await this.#committer.sendAhead();
    if (this.#committer.busy && this.#committer.uncommittedBytes > maxBufferedBytes) await this.#committer.settled();
  }

  #commitIsDue(): boolean {
    if (this.#committer.busy || !this.#committer.dirty) return false;
    const { clock, config } = this.#parts.environment;
    return (
      clock.now() - this.#lastCommitMs >= config.commitIntervalMs ||
      this.#committer.uncommittedBytes > config.maxBufferedBytes ||
      this.#executor.drained
    );
  }

  async #finishInFlight(): Promise<void> {
    this.#executor.holdRecords();
    while (!this.#executor.settle()) {
      const processed = await this.#executor.processSlice();
      if (processed === 0) await this.#parts.waker.sleep(null);
    }
  }

  #beginCommit(): void {
    this.#executor.takeRecords();
    this.#lastCommitMs = this.#parts.environment.clock.now();
    this.#committer.begin();
  }

  /** How long to sleep at most when nothing can be processed: until a commit is due or a wait for a partition ends. */
  #sleepMs(): number | null {
    const { clock, config } = this.#parts.environment;
    let deadlineMs = Math.min(this.#paused ? Infinity : this.#executor.deadlineMs, this.#probeAtMs);
    if (this.#committer.dirty && !this.#committer.busy && !this.#executor.settling) {
      deadlineMs = Math.min(deadlineMs, this.#lastCommitMs + config.commitIntervalMs);
    }
    return deadlineMs === Infinity ? null : Math.max(1, deadlineMs - clock.now());
  }

  #enter(state: ThreadState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#parts.onStateChange(state);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
