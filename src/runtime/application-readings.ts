import type { MaybePromise } from '../core/maybe-promise.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { ApplicationMetrics } from './application-metrics.ts';
import type { ApplicationStatus, ThreadStatus } from './application-status.ts';
import type { LatencyReading } from './latency-meter.ts';
import type { RunningTask } from './tasks/running-task.ts';
import type { TaskStore } from './state/task-store.ts';
import type { Task } from './tasks/task.ts';

/** All that an instance of an application has counted, for whoever watches it. Plain data. */
export interface ApplicationReadings {
  readonly status: ApplicationStatus;
  /** Since the start, of tasks that have moved away too. */
  readonly metrics: ApplicationMetrics;
  readonly threads: readonly ThreadReadings[];
}

/** What a stream thread has done since it was started. */
export interface ThreadReadings {
  /** Its number in its instance, from 0. */
  readonly index: number;
  readonly state: ThreadStatus['state'];
  /** Turns in which records were processed. */
  readonly processing: LatencyReading;
  /** Polls, the waiting for records included. */
  readonly polls: LatencyReading;
  /** Commits, from what they take to what they have written. */
  readonly commits: LatencyReading;
  readonly tasks: readonly TaskReadings[];
}

/** What a task has done since it came to this thread. */
export interface TaskReadings {
  /** `1_3`. */
  readonly task: string;
  readonly subTopology: number;
  readonly recordsProcessed: number;
  readonly batches: number;
  readonly recordsEmitted: number;
  /** By reason. */
  readonly recordsDropped: ReadonlyMap<string, number>;
  readonly deadLetters: number;
  /** How old records were by their timestamps when they were processed: of each turn the last one. */
  readonly lateness: LatencyReading;
  readonly inputs: readonly InputReadings[];
  readonly stores: readonly StoreReadings[];
}

/** A partition that a task reads. */
export interface InputReadings {
  readonly topic: string;
  readonly partition: number;
  /** Records up to the end, as far as that is known, that are not committed; null before the first poll. */
  readonly lag: number | null;
  /** Records that are fetched and wait. */
  readonly buffered: number;
}

/** A store of a task. */
export interface StoreReadings {
  readonly store: string;
  /** Null where only counting would tell. */
  readonly entries: number | null;
  /** On disk; null where it is not known. */
  readonly bytes: number | null;
  /** What is not committed yet, about. */
  readonly bufferedBytes: number;
  readonly cacheBytes: number;
  /** Lookups of a key. */
  readonly gets: number;
  /** Lookups that neither what is not committed nor the cache answered. */
  readonly engineGets: number;
}

/** Reads what running tasks have counted. */
export function readTasks(running: readonly RunningTask[], nowMs: number): Promise<TaskReadings[]> {
  return Promise.all(running.map((each) => readTask(each, nowMs)));
}

async function readTask({ task, stores }: RunningTask, nowMs: number): Promise<TaskReadings> {
  const { processed, batches, emitted, dropped, deadLetters } = task.counters;
  return {
    task: task.name,
    subTopology: task.taskId.subTopology,
    recordsProcessed: processed,
    batches,
    recordsEmitted: emitted,
    recordsDropped: dropped,
    deadLetters,
    lateness: task.lateness.readAt(nowMs),
    inputs: inputsOf(task),
    stores: await Promise.all(stores.map(readStore)),
  };
}

function inputsOf({ queues }: Task): InputReadings[] {
  return queues.map(({ topic, partition, endOffset, committedOffset, startOffset, size }) => ({
    topic,
    partition,
    lag: endOffset < 0 ? null : Math.max(0, endOffset - Math.max(committedOffset, startOffset)),
    buffered: size,
  }));
}

async function readStore({ plan, store }: TaskStore): Promise<StoreReadings> {
  const { bufferedBytes, cacheBytes, gets, engineGets } = store;
  const { entries, bytes } = await orUnknown(() => store.knownSize());
  return { store: plan.spec.name, entries, bytes, bufferedBytes, cacheBytes, gets, engineGets };
}

/** A store may be closed meanwhile, since its task moves away. */
async function orUnknown<T extends { readonly entries: number | null; readonly bytes: number | null }>(
  step: () => MaybePromise<T>,
): Promise<T | { readonly entries: null; readonly bytes: null }> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof MillraceError) return { entries: null, bytes: null };
    throw error;
  }
}
