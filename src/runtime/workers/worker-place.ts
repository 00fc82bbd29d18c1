import type { LocalState } from '../state/local-state.ts';

/** What an application that is one thread of a process, in a worker, knows of the process. */
export interface WorkerPlace {
  /** The number of the thread among those of the process. */
  readonly index: number;
  /** That of the process. */
  readonly localState: LocalState;
}
