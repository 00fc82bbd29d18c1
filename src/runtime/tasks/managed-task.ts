import { taskName } from '../../core/task-id.ts';
import type { TaskPlan } from '../topics/partition-plan.ts';
import type { RunningTask } from './running-task.ts';
import type { TaskStore } from '../state/task-store.ts';

/**
 * Where a task of a thread is: `opening` its stores, `restoring` them, `starting` (its offsets are being looked up),
 * `running`; or `standby`, following its changelogs.
 */
export type TaskPhase = 'opening' | 'restoring' | 'starting' | 'running' | 'standby';

/** A task that a thread has, from the moment it is assigned. */
export class ManagedTask {
  /** `1_3`. */
  readonly name: string;
  readonly plan: TaskPlan;
  phase: TaskPhase = 'opening';
  /** Whether it is to process, or only to follow. */
  active: boolean;
  /** Whether it has become active since the ends of its changelogs were looked up. */
  promoted = false;
  /** Whether it has been given up. */
  closed = false;
  /** Its stores; empty until they are open. */
  stores: readonly TaskStore[] = [];
  /** Set when it runs. */
  running: RunningTask | null = null;
  /** What brings it up now: it ends soon after `closed` is set. */
  work: Promise<void> = Promise.resolve();

  constructor(plan: TaskPlan, active: boolean) {
    this.name = taskName(plan.id);
    this.plan = plan;
    this.active = active;
  }
}
