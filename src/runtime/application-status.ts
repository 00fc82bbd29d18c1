import type { ApplicationState } from './application-state.ts';
import type { RestoreProgress } from './application-listener.ts';
import type { TaskPhase } from './tasks/managed-task.ts';
import type { ThreadState } from './threads/thread-state.ts';

/** What an instance of an application does at this moment. Plain data. */
export interface ApplicationStatus {
  readonly applicationId: string;
  /** By what the group tells instances apart; kept with the local state. Null before the start. */
  readonly processId: string | null;
  readonly state: ApplicationState;
  readonly paused: boolean;
  readonly threads: readonly ThreadStatus[];
}

/** What a stream thread does. */
export interface ThreadStatus {
  /** Its number in its instance, from 0. */
  readonly index: number;
  readonly state: ThreadState;
  readonly active: readonly TaskStatus[];
  readonly standby: readonly TaskStatus[];
}

/** Where a task of a thread is. */
export interface TaskStatus {
  /** `1_3`. */
  readonly task: string;
  readonly phase: TaskPhase;
  /** The stores that it waits for, or that a standby follows. */
  readonly stores: readonly StoreStatus[];
}

/** How far a store is in its changelog. */
export interface StoreStatus extends RestoreProgress {
  /** In how many milliseconds the end will be reached at the rate so far; null where nothing is known of it. */
  readonly etaMs: number | null;
}
