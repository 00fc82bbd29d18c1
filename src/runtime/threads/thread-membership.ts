import type { GroupEvent, GroupMember, GroupMemberIdentity } from '../../broker/group-port.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { type TaskId, taskName } from '../../core/task-id.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import { type AssignmentData, decodeAssignment } from '../assignment/assignment-data.ts';
import { encodeSubscription, type TaskPosition } from '../assignment/subscription-data.ts';
import { ASSIGNOR_PROTOCOL, TaskAssignor } from '../assignment/task-assignor.ts';
import type { SharedParts } from '../shared-parts.ts';
import { byPartition } from '../topics/start-offsets.ts';

/** What a thread is a member of its group as. */
export interface ThreadMembershipOptions {
  readonly shared: SharedParts;
  /** The number of the thread. */
  readonly index: number;
  /** How far the state is that the thread's process has of tasks that it does not run. */
  readonly positions: () => readonly TaskPosition[];
  /** Called when there is an event to take. */
  readonly onEvent: () => void;
}

/** What happened to the membership of a thread. */
export type MembershipEvent =
  | { readonly kind: 'assigned'; readonly assignment: AssignmentData }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * A thread's membership in the consumer group of its application: says what the thread has, and hears what it is to have.
 *
 * What it says follows the rule of the port: from when an assignment is taken it names what it was given, and what it had
 * until that is given up; from when a loss is taken, nothing.
 */
export class ThreadMembership {
  /** Whether it has ended for good. */
  hasFailed = false;
  readonly #options: ThreadMembershipOptions;
  readonly #assignor: TaskAssignor;
  #member: GroupMember | null = null;
  #active: ReadonlyMap<string, TaskId> = new Map();
  #standby: ReadonlyMap<string, TaskId> = new Map();
  #given: AssignmentData | null = null;
  #stopsAll = false;

  constructor(options: ThreadMembershipOptions) {
    this.#options = options;
    this.#assignor = createAssignor(options.shared);
  }

  /** Whom the group knows the thread as; null while it does not. */
  get identity(): GroupMemberIdentity | null {
    return this.#member?.identity ?? null;
  }

  /** See `GroupMember.confirm`. Before it has joined it is no member. */
  confirm(): MaybePromise<void> {
    return this.#member?.confirm();
  }

  /** What it was assigned last; null before. */
  get assignment(): AssignmentData | null {
    return this.#given;
  }

  /** Joins the group, in the background. */
  async join(): Promise<void> {
    const { shared, index, onEvent } = this.#options;
    const { environment, memberIds } = shared;
    const { config, broker } = environment;
    this.#member = await broker.joinGroup({
      group: config.applicationId,
      ...(config.instanceId === null
        ? { formerMemberId: await memberIds.last(index), onNamed: (memberId) => memberIds.keep(index, memberId) }
        : { instanceId: `${config.instanceId}-${index}` }),
      sessionTimeoutMs: config.sessionTimeoutMs,
      rebalanceTimeoutMs: config.rebalanceTimeoutMs,
      heartbeatIntervalMs: config.heartbeatIntervalMs,
      protocol: ASSIGNOR_PROTOCOL,
      subscription: () => this.#subscription(),
      assign: (members) => this.#assignor.assign(members),
      onEvent,
    });
  }

  /** The next event. Throws what has ended the membership. */
  takeEvent(): MembershipEvent | null {
    const event: GroupEvent | undefined = this.#member?.takeEvent();
    if (event === undefined) return null;
    if (event.kind === 'failed') {
      this.hasFailed = true;
      throw event.error;
    }
    if (event.kind === 'lost') {
      this.gaveUpAll();
      return event;
    }
    const assignment = decodeAssignment(event.assignment.userData);
    this.#given = assignment;
    this.#active = new Map([...this.#active, ...byName(assignment.active)]);
    this.#standby = new Map([...this.#standby, ...byName(assignment.standby)]);
    return { kind: 'assigned', assignment };
  }

  /** To be told when the thread has given up what its last assignment took away. Joins again where somebody waits for it. */
  gaveUp(): void {
    const given = this.#given as AssignmentData;
    this.#active = byName(given.active);
    this.#standby = byName(given.standby);
    if (given.followUp) this.rejoin('gave up tasks that others wait for');
  }

  /** To be told when the thread has given up everything. */
  gaveUpAll(): void {
    this.#active = new Map();
    this.#standby = new Map();
  }

  /** Asks for a rebalance. */
  rejoin(reason: string): void {
    this.#member?.rejoin(reason);
  }

  /** Has all instances of the application stop. */
  stopAll(): void {
    this.#stopsAll = true;
    this.rejoin('the application is to stop everywhere');
  }

  /** Leaves the group, unless the member is static: it keeps what it has until its session ends. */
  async leave(): Promise<void> {
    await this.#member?.leave();
  }

  #subscription(): { topics: readonly string[]; ownedPartitions: readonly TopicPartition[]; userData: Buffer } {
    const { shared, positions } = this.#options;
    const { environment, processId, partitionsOf } = shared;
    const { config } = environment;
    const topics = [...new Set([...shared.plans.keys()].flatMap(partitionsOf).map(({ topic }) => topic))];
    const userData = encodeSubscription({
      processId,
      endpoint: config.applicationServer,
      threads: 1,
      tags: tagsOf(config.clientTags),
      active: [...this.#active.values()],
      standby: [...this.#standby.values()],
      positions: positions().filter((id) => !this.#active.has(taskName(id))),
      stop: this.#stopsAll,
    });
    return { topics, ownedPartitions: [...this.#active.keys()].flatMap(partitionsOf), userData };
  }
}

function createAssignor({ environment, plans, partitionsOf, stores }: SharedParts): TaskAssignor {
  const { config, logger, broker } = environment;
  const logged = new Map([...plans].map(([task, plan]) => [task, stores.changelogsOf(plan)]));
  return new TaskAssignor({
    tasks: [...plans].map(([task, { id }]) => ({
      id,
      stateful: (logged.get(task) ?? []).length > 0,
      inputPartitions: partitionsOf(task),
    })),
    config: {
      ...config,
      rackAwareAssignmentTags: config.rackAwareAssignmentTags.split(',').filter((tag) => tag !== ''),
    },
    probingRebalanceIntervalMs: config.probingRebalanceIntervalMs,
    endOffsets: async (tasks) => {
      const changelogs = tasks.map((id) => logged.get(taskName(id)) ?? []);
      const ends = byPartition(await broker.admin.listOffsets(changelogs.flat(), 'latest'));
      const sumOf = (partitions: readonly TopicPartition[]): number =>
        partitions.reduce((sum, { topic, partition }) => sum + (ends.get(partitionName(topic, partition)) ?? 0), 0);
      return new Map(tasks.map((id, index) => [taskName(id), sumOf(changelogs[index] ?? [])]));
    },
    logger,
  });
}

/** Of `zone=eu-1,rack=7`. */
function tagsOf(text: string): ReadonlyMap<string, string> {
  const tags = text.split(',').filter((tag) => tag !== '');
  return new Map(tags.map((tag) => tag.split('=') as [string, string]));
}

function byName(tasks: readonly TaskId[]): Map<string, TaskId> {
  return new Map(tasks.map((id) => [taskName(id), id]));
}
