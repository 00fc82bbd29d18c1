import type { TaskPosition } from '../assignment/subscription-data.ts';
import { type LocalState, positionOfTask } from '../state/local-state.ts';
import type { TaskPlan } from '../topics/partition-plan.ts';
import type { TaskStore } from '../state/task-store.ts';
import type { FromWorker } from './worker-messages.ts';

/** The local state of a process, as one of its workers takes part in it: one thread of the process reports all of it. */
export class WorkerLocalState implements LocalState {
  readonly positions: readonly TaskPosition[] = [];
  readonly #post: (message: FromWorker) => void;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  opening(task: string): void {
    this.#post({ kind: 'opening', task });
  }

  closed(plan: TaskPlan, stores: readonly TaskStore[]): void {
    this.#post({ kind: 'closed', position: positionOfTask(plan, stores) });
  }
}
