import type { ThreadReadings } from '../application-readings.ts';
import type { ThreadStatus } from '../application-status.ts';
import type { TaskHost } from '../assignment/assignment-data.ts';
import type { TaskCounters } from '../tasks/task-counters.ts';

/** A stream thread of a pool, in its event loop or in another. */
export interface PooledThread {
  /** What it does at this moment. */
  readonly status: ThreadStatus;
  /** Who has what in the group, as far as the thread knows. */
  readonly hosts: readonly TaskHost[];
  /** What its tasks counted, those given up included. */
  readonly counters: readonly TaskCounters[];
  /** How many commits were made. */
  readonly commits: number;
  /** How many records were replayed for tasks that waited for them. */
  readonly restored: number;
  /** How many assignments it was given. */
  readonly rebalances: number;
  /** What it has done so far, task by task; null where it cannot tell. */
  readings(): Promise<ThreadReadings | null>;
  /** Processes until `stop`, then commits. Rejects with the first error; then nothing more is committed. */
  run(): Promise<void>;
  /** Lets `run` finish what it is at, commit and return. */
  stop(): void;
  /** Stops processing, or goes on with it. */
  pause(paused: boolean): void;
  /**
   * Has all instances stop. Resolves when they have been told, or at the latest after this time; with false when this thread
   * can tell nobody any more.
   */
  stopAll(timeoutMs: number): Promise<boolean>;
  /** Closes everything, once `run` has ended. */
  close(): Promise<void>;
  /** Lets go of what does not close in time. */
  abandon(): void;
}
