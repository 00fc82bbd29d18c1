import type { Clock } from '../../core/clock.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { MillraceError } from '../../core/millrace-error.ts';
import { LatencyMeter } from '../latency-meter.ts';
import type { RecordCollector } from './record-collector.ts';
import type { RuntimeConfig } from '../runtime-config.ts';
import type { Task } from './task.ts';

/** A task processes at most so many records before it is the next one's turn. */
const RECORDS_PER_TURN = 250;
/** After so many records, or so many milliseconds, input and output get a turn of the event loop. */
const RECORDS_PER_SLICE = 2000;
const SLICE_MS = 10;

/** What an executor needs. */
export interface TaskExecutorOptions {
  readonly collector: RecordCollector;
  readonly config: RuntimeConfig;
  readonly clock: Clock;
}

/** Gives the tasks of a thread their turns. */
export class TaskExecutor {
  /** Those that run; to be replaced between two calls. */
  tasks: readonly Task[] = [];
  /** Slices in which records were processed. */
  readonly latency = new LatencyMeter();
  readonly #options: TaskExecutorOptions;
  #settling = false;

  constructor(options: TaskExecutorOptions) {
    this.#options = options;
  }

  /** Whether tasks have been told to take no more records until `takeRecords`. */
  get settling(): boolean {
    return this.#settling;
  }

  /** Whether everything is processed that the broker is known to have, as far as it may be processed now. */
  get drained(): boolean {
    return this.tasks.every(
      (task) => !task.ready && task.inFlightRecords === 0 && task.queues.every((queue) => queue.caughtUp),
    );
  }

  /** Whether a table holds updates back. */
  get holdsBack(): boolean {
    return this.tasks.some((task) => task.caches.size > 0);
  }

  /** When something is due without another record, in milliseconds since the epoch: a wait for a partition, a punctuator; infinite, nothing. */
  get deadlineMs(): number {
    let deadlineMs = Infinity;
    for (const task of this.tasks) {
      deadlineMs = Math.min(deadlineMs, task.idleDeadlineMs ?? Infinity, task.wallClockDueMs);
    }
    return deadlineMs;
  }

  /** Processes for a while. Returns how many records. */
  async processSlice(): Promise<number> {
    const { clock } = this.#options;
    const startMs = clock.now();
    const processed = await this.#processFrom(startMs);
    if (processed === 0) return 0;
    const nowMs = clock.now();
    this.latency.record(nowMs - startMs, nowMs);
    for (const task of this.tasks) task.measureLateness(nowMs);
    return processed;
  }

  async #processFrom(startMs: number): Promise<number> {
    const { clock, collector, config } = this.#options;
    let total = 0;
    for (;;) {
      const processed = this.#processRound();
      const round = typeof processed === 'number' ? processed : await processed;
      total += round;
      if (round === 0 || total >= RECORDS_PER_SLICE) return total;
      if (clock.now() - startMs >= SLICE_MS || collector.bytes > config.sendBytes) return total;
    }
  }

  /** Calls the punctuators that are due by the wall clock. */
  async punctuate(): Promise<void> {
    const nowMs = this.#options.clock.now();
    for (const task of this.tasks) if (task.wallClockDueMs <= nowMs) await task.punctuateWallClock();
  }

  /** Has all tables forward what they hold back. */
  async flushCaches(): Promise<void> {
    for (const task of this.tasks) await task.flushCaches();
  }

  /** Whether no record is in flight. Tasks that have some take no more until `takeRecords`. */
  settle(): boolean {
    this.#settling = false;
    for (const task of this.tasks) {
      if (task.inFlightRecords === 0) continue;
      task.takesRecords = false;
      this.#settling = true;
    }
    return !this.#settling;
  }

  /** Has no task take records until `takeRecords`. */
  holdRecords(): void {
    for (const task of this.tasks) task.takesRecords = false;
  }

  /** Lets tasks take records again. */
  takeRecords(): void {
    for (const task of this.tasks) task.takesRecords = true;
  }

  /** Gives every task a turn. While one waits for something the others go on. */
  #processRound(): MaybePromise<number> {
    let round = 0;
    const pending: Promise<number>[] = [];
    for (const task of this.tasks) {
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
