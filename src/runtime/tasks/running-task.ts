import type { Task } from './task.ts';
import type { TaskStore } from '../state/task-store.ts';

/** A task with the stores opened for it. */
export interface RunningTask {
  readonly task: Task;
  readonly stores: readonly TaskStore[];
}
