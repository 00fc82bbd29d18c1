import type {
  AssignableMember,
  AssignableTask,
  AssignmentConfig,
  TaskAssignment,
} from '../../../src/runtime/assignment/assignment-model.ts';
import { assignTasks } from '../../../src/runtime/assignment/assign-tasks.ts';
import { taskName } from '../../../src/core/task-id.ts';

/** A member as it lives through rebalances. */
export interface SimulatedMember {
  readonly memberId: string;
  readonly process: SimulatedProcess;
  readonly threads: number;
  active: Set<string>;
  standby: Set<string>;
}

/** A process with the state that is on its disk. */
export interface SimulatedProcess {
  readonly id: string;
  readonly tags: ReadonlyMap<string, string>;
  /** How far the local state of each task is behind. */
  readonly lags: Map<string, number>;
}

/** The length of every changelog: how far a copy begins behind. */
export const CHANGELOG_LENGTH = 1000;

/** Members that live through rebalances by the rules of the runtime, and note every breach of the rules of the assignor. */
export class AssignmentSimulation {
  readonly tasks: readonly AssignableTask[];
  readonly config: AssignmentConfig;
  readonly problems: string[] = [];
  members: SimulatedMember[] = [];
  last: TaskAssignment | undefined;
  #nextId = 0;

  constructor(tasks: readonly AssignableTask[], config: AssignmentConfig) {
    this.tasks = tasks;
    this.config = config;
  }

  process(tags: readonly (readonly [string, string])[] = []): SimulatedProcess {
    const id = `process-${String(this.#nextId++).padStart(3, '0')}`;
    return { id, tags: new Map(tags), lags: new Map() };
  }

  join(process: SimulatedProcess, threads = 1): SimulatedMember {
    const memberId = `member-${String(this.#nextId++).padStart(3, '0')}`;
    const member = { memberId, process, threads, active: new Set<string>(), standby: new Set<string>() };
    this.members.push(member);
    return member;
  }

  /** The member is gone; the state of its process stays on the disk. */
  remove(member: SimulatedMember): void {
    this.members = this.members.filter((one) => one !== member);
    for (const task of member.active) this.#setLag(member.process, task, 0);
  }

  /** Copies read on by so much. */
  catchUp(records: number): void {
    for (const { process, standby } of this.members) {
      for (const task of standby)
        this.#setLag(process, task, Math.max(0, (process.lags.get(task) ?? CHANGELOG_LENGTH) - records));
    }
  }

  /** Records come in, so that all copies and all that lies on disks get behind. */
  fallBehind(records: number): void {
    const processes = new Set(this.members.map(({ process }) => process));
    for (const { lags } of processes) for (const [task, lag] of lags) lags.set(task, lag + records);
  }

  /** Rebalances until nobody asks for another because something was given up. Returns how many it took. */
  rebalance(): number {
    for (let rounds = 1; ; rounds++) {
      if (!this.#rebalanceOnce()) return rounds;
      if (rounds > 10) {
        this.problems.push('the follow-ups do not end');
        return rounds;
      }
    }
  }

  /** Rebalances as probing does, copies catching up in between, until nothing waits any more. Returns how many it took. */
  settle(): number {
    for (let probes = 1; ; probes++) {
      this.rebalance();
      this.catchUp(CHANGELOG_LENGTH);
      if (this.last?.needsProbing !== true) return probes;
      if (probes > this.tasks.length * (this.config.numStandbyReplicas + 2)) {
        this.problems.push('probing does not end');
        return probes;
      }
    }
  }

  /** Who runs what, as text. */
  owners(): ReadonlyMap<string, string> {
    return new Map(this.members.flatMap(({ memberId, active }) => [...active].map((task) => [task, memberId])));
  }

  /** In which process each task runs. */
  processes(): ReadonlyMap<string, string> {
    return new Map(this.members.flatMap(({ process, active }) => [...active].map((task) => [task, process.id])));
  }

  #rebalanceOnce(): boolean {
    if (this.members.length === 0) return false;
    const members = this.members.map((member) => this.#describe(member));
    const assignment = assignTasks({ tasks: this.tasks, members, config: this.config });
    this.last = assignment;
    let followUp = false;
    // The worst order: everybody takes what is new before anybody gives up what is old.
    for (const member of this.members) {
      const given = assignment.members.get(member.memberId);
      for (const task of given?.active ?? []) this.#take(member, task);
    }
    for (const member of this.members) {
      const given = assignment.members.get(member.memberId);
      for (const task of member.active) if (!given?.active.includes(task)) this.#setLag(member.process, task, 0);
      member.active = new Set(given?.active);
      member.standby = new Set(given?.standby);
      for (const task of member.active) if (member.standby.has(task)) this.problems.push(`${task} twice at one member`);
      followUp ||= given?.followUp === true;
    }
    if (!followUp) this.#checkComplete(assignment);
    return followUp;
  }

  #describe({ memberId, process, threads, active, standby }: SimulatedMember): AssignableMember {
    return { memberId, processId: process.id, threads, tags: process.tags, active, standby, lags: process.lags };
  }

  #take(member: SimulatedMember, task: string): void {
    const owner = this.members.find((other) => other !== member && other.active.has(task));
    if (owner !== undefined) this.problems.push(`${task} at ${member.memberId} and at ${owner.memberId}`);
    member.active.add(task);
  }

  #setLag(process: SimulatedProcess, task: string, lag: number): void {
    if (this.tasks.some(({ id, stateful }) => stateful && taskName(id) === task)) process.lags.set(task, lag);
  }

  /** When nobody gives anything up any more, each task runs once and copies are elsewhere. */
  #checkComplete(assignment: TaskAssignment): void {
    for (const { id } of this.tasks) {
      const task = taskName(id);
      const owners = this.members.filter(({ active }) => active.has(task));
      if (owners.length !== 1) this.problems.push(`${task} has ${owners.length} owners`);
      const active = owners[0]?.process.id;
      if (assignment.activeProcess.get(task) !== active) this.problems.push(`${task} is not where it is said to be`);
      const copies = this.members.filter(({ standby }) => standby.has(task)).map(({ process }) => process.id);
      if (copies.includes(active ?? '')) this.problems.push(`${task} has a copy beside itself`);
      if (new Set(copies).size !== copies.length) this.problems.push(`${task} has two copies in a process`);
    }
    if (assignment.warmups.size > this.config.maxWarmupReplicas) this.problems.push('too many warm up');
  }
}

/** Tasks of sub-topologies with so many partitions; every other sub-topology has state. */
export function tasksOf(partitions: readonly number[], stateful: (subTopology: number) => boolean): AssignableTask[] {
  return partitions.flatMap((count, subTopology) =>
    Array.from({ length: count }, (_, partition) => ({
      id: { subTopology, partition },
      stateful: stateful(subTopology),
    })),
  );
}
