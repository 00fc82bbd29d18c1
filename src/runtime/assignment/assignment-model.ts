import type { TaskId } from '../../core/task-id.ts';

/** A task that somebody has to run. */
export interface AssignableTask {
  readonly id: TaskId;
  /** Whether it has state that a new owner must have before it can go on. */
  readonly stateful: boolean;
}

/** A member of the group, as the leader sees it. Tasks are named as `taskName` names them. */
export interface AssignableMember {
  readonly memberId: string;
  /** Members of one process share its local state; standbys are of use in other processes only. */
  readonly processId: string;
  /** How much it can do, in threads. */
  readonly threads: number;
  /** Where it runs: the values of tags such as `zone`, by tag. */
  readonly tags: ReadonlyMap<string, string>;
  readonly active: ReadonlySet<string>;
  readonly standby: ReadonlySet<string>;
  /** How many changelog records the local state of a task is behind. Absent where there is none. */
  readonly lags: ReadonlyMap<string, number>;
}

/** What the user wants of assignments. */
export interface AssignmentConfig {
  /** How many copies of each task's state others keep up to date. */
  readonly numStandbyReplicas: number;
  /** Up to how many records behind the state of a task counts as caught up. */
  readonly acceptableRecoveryLag: number;
  /** How many tasks may be warmed up at the same time, over the whole group. */
  readonly maxWarmupReplicas: number;
  /** The tags by which copies are spread. */
  readonly rackAwareAssignmentTags: readonly string[];
}

/** What one member runs from now on. */
export interface MemberTasks {
  readonly active: readonly string[];
  /** Copies to be kept up to date, those that warm up included. */
  readonly standby: readonly string[];
  /** Whether somebody waits for what this member gives up, so that it must join again when it has. */
  readonly followUp: boolean;
}

/** Who runs what. */
export interface TaskAssignment {
  /** By member; every member has an entry. */
  readonly members: ReadonlyMap<string, MemberTasks>;
  /** The process that runs each task, also where it has to wait until another member has given it up. */
  readonly activeProcess: ReadonlyMap<string, string>;
  /** The processes with copies of each stateful task. */
  readonly standbyProcesses: ReadonlyMap<string, readonly string[]>;
  /** Those copies that are there only because their task is to move to them, by task. */
  readonly warmups: ReadonlyMap<string, string>;
  /** Whether a task waits for its next owner to catch up, so that it should be asked again soon. */
  readonly needsProbing: boolean;
}
