import { EmbeddedGroupCoordinator, GroupCoordinators } from '../../../src/broker/embedded/group-coordinators.ts';
import type { GroupMemberIdentity, GroupOptions } from '../../../src/broker/group-port.ts';
import type {
  GroupCoordinator,
  GroupRefusal,
  JoinAnswer,
  JoinRequest,
  SyncAnswer,
  SyncRequest,
} from '../../../src/broker/group/group-coordinator.ts';
import { GroupMembership } from '../../../src/broker/group/group-membership.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { type TaskId, taskName } from '../../../src/core/task-id.ts';
import { decodeAssignment } from '../../../src/runtime/assignment/assignment-data.ts';
import type { AssignmentConfig } from '../../../src/runtime/assignment/assignment-model.ts';
import { encodeSubscription } from '../../../src/runtime/assignment/subscription-data.ts';
import { type GroupTask, TaskAssignor } from '../../../src/runtime/assignment/task-assignor.ts';
import { ManualScheduler } from '../../support/manual-scheduler.ts';

/** The end of every changelog. */
const END_OFFSET = 1000;
/** How many records a copy reads between two moments of `live`. */
const READ_AT_ONCE = 400;

/** Members with the real membership and assignor over the real coordinator, in simulated time. */
export class GroupSimulation {
  readonly scheduler = new ManualScheduler();
  readonly problems: string[] = [];
  readonly tasks: readonly GroupTask[];
  members: SimulatedMember[] = [];
  readonly #coordinators = new GroupCoordinators(this.scheduler);
  readonly #assignor: TaskAssignor;

  constructor(tasks: readonly GroupTask[], config: AssignmentConfig) {
    this.tasks = tasks;
    this.#assignor = new TaskAssignor({
      tasks,
      config,
      probingRebalanceIntervalMs: 60_000,
      endOffsets: (ids) => Promise.resolve(new Map(ids.map((id) => [taskName(id), END_OFFSET]))),
      logger: silentLogger,
    });
  }

  join(processId: string, disk: Map<string, number> = new Map()): SimulatedMember {
    const coordinatorOf = (options: GroupOptions): MortalCoordinator =>
      new MortalCoordinator(new EmbeddedGroupCoordinator(this.#coordinators.group('app'), options, () => undefined));
    const member = new SimulatedMember({ processId, disk, simulation: this, assignor: this.#assignor, coordinatorOf });
    this.members.push(member);
    return member;
  }

  /** Lets time pass, copies reading on, and looks after every second that nothing runs twice. */
  async live(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1000) {
      await this.scheduler.advance(1000);
      for (const member of this.members) member.readOn(READ_AT_ONCE);
    }
  }

  /** Called at each take-over. Only who is alive counts: the dead are fenced by the broker. */
  checkOwner(task: string, owner: SimulatedMember): void {
    for (const other of this.members) {
      if (other !== owner && other.active.has(task)) this.problems.push(`${task} runs twice`);
    }
  }
}

/** A member as the runtime's: it takes what it is given, gives up what it is not, and asks again when it is to. */
export class SimulatedMember {
  readonly processId: string;
  active = new Map<string, TaskId>();
  standby = new Map<string, TaskId>();
  readonly disk: Map<string, number>;
  readonly #simulation: GroupSimulation;
  readonly #coordinator: MortalCoordinator;
  readonly #membership: GroupMembership;
  #stopProbing: (() => void) | undefined;

  constructor(parts: {
    processId: string;
    disk: Map<string, number>;
    simulation: GroupSimulation;
    assignor: TaskAssignor;
    coordinatorOf: (options: GroupOptions) => MortalCoordinator;
  }) {
    this.processId = parts.processId;
    this.disk = parts.disk;
    this.#simulation = parts.simulation;
    const options: GroupOptions = {
      group: 'app',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      heartbeatIntervalMs: 3000,
      protocol: 'simulation',
      subscription: () => ({ topics: [], ownedPartitions: [], userData: this.#describe() }),
      assign: (members) => parts.assignor.assign(members),
      onEvent: () => queueMicrotask(() => this.#takeEvents()),
    };
    this.#coordinator = parts.coordinatorOf(options);
    this.#membership = new GroupMembership(options, {
      coordinator: this.#coordinator,
      scheduler: this.#simulation.scheduler,
    }).start();
  }

  readOn(records: number): void {
    for (const name of this.standby.keys()) {
      this.disk.set(name, Math.min(END_OFFSET, (this.disk.get(name) ?? 0) + records));
    }
    for (const name of this.active.keys()) this.disk.set(name, END_OFFSET);
  }

  async leave(): Promise<void> {
    this.#end();
    await this.#membership.leave();
  }

  /** From now on nothing is heard of it. */
  crash(): void {
    this.#coordinator.isDead = true;
    this.#end();
  }

  #end(): void {
    this.#stopProbing?.();
    this.active.clear();
    this.standby.clear();
    this.#simulation.members = this.#simulation.members.filter((member) => member !== this);
  }

  #describe(): Buffer {
    const positions = this.#simulation.tasks
      .filter(({ id }) => this.disk.has(taskName(id)))
      .map(({ id }) => ({ ...id, offset: this.disk.get(taskName(id)) as number }));
    return encodeSubscription({
      processId: this.processId,
      endpoint: null,
      threads: 1,
      tags: new Map(),
      active: [...this.active.values()],
      standby: [...this.standby.values()],
      positions,
      stop: false,
    });
  }

  #takeEvents(): void {
    if (this.#coordinator.isDead) return;
    for (let event = this.#membership.takeEvent(); event !== undefined; event = this.#membership.takeEvent()) {
      if (event.kind !== 'assigned') {
        this.#simulation.problems.push(event.kind);
        this.active.clear();
        this.standby.clear();
        continue;
      }
      const { active, standby, followUp, probeAfterMs } = decodeAssignment(event.assignment.userData);
      for (const id of active) this.#simulation.checkOwner(taskName(id), this);
      this.active = new Map(active.map((id) => [taskName(id), id]));
      this.standby = new Map(standby.map((id) => [taskName(id), id]));
      this.#stopProbing?.();
      if (followUp) this.#membership.rejoin('tasks were given up');
      if (probeAfterMs !== null) {
        this.#stopProbing = this.#simulation.scheduler.after(probeAfterMs, () => this.#membership.rejoin('probing'));
      }
    }
  }
}

/** The way to the coordinator of a process that may die: then nothing comes or goes on it. */
class MortalCoordinator implements GroupCoordinator {
  isDead = false;
  readonly #coordinator: GroupCoordinator;

  constructor(coordinator: GroupCoordinator) {
    this.#coordinator = coordinator;
  }

  join(request: JoinRequest): Promise<JoinAnswer> {
    return this.#whileAlive(() => this.#coordinator.join(request));
  }

  sync(request: SyncRequest): Promise<SyncAnswer> {
    return this.#whileAlive(() => this.#coordinator.sync(request));
  }

  heartbeat(identity: GroupMemberIdentity): Promise<GroupRefusal | null> {
    return this.#whileAlive(() => this.#coordinator.heartbeat(identity));
  }

  leave(identity: GroupMemberIdentity): Promise<void> {
    return this.#whileAlive(() => this.#coordinator.leave(identity));
  }

  close(): Promise<void> {
    return this.#coordinator.close();
  }

  async #whileAlive<T>(action: () => Promise<T>): Promise<T> {
    const never = new Promise<T>(() => undefined);
    if (this.isDead) return never;
    const answer = await action();
    return this.isDead ? never : answer;
  }
}
