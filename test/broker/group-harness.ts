import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type {
  GroupAssignment,
  GroupMember,
  GroupMemberIdentity,
  GroupOptions,
  JoinedMember,
} from '../../src/broker/group-port.ts';
import type { Broker } from '../../src/broker/port.ts';
import type { MillraceError } from '../../src/core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../src/core/topic-partition.ts';

const NEVER_MS = 1_000_000;

/** What a broker's groups are tested with; a real broker allows no session below one of its own. */
export interface GroupTimes {
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

/**
 * A group of members over partitions of one topic. A partition with two owners at any moment is noted, and is an error.
 */
export class GroupUnderTest implements AsyncDisposable {
  readonly name = `conformance-${randomUUID()}`;
  readonly partitions: readonly TopicPartition[];
  readonly broker: Broker;
  readonly times: GroupTimes;
  readonly owners = new Map<string, MemberUnderTest>();
  readonly conflicts: string[] = [];
  readonly #members: MemberUnderTest[] = [];
  #waiting: (() => void)[] = [];

  constructor(broker: Broker, times: GroupTimes, topic: { name: string; partitions: number }) {
    this.broker = broker;
    this.times = times;
    this.partitions = Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition }));
  }

  async join(options: Partial<GroupOptions> & { userData?: Buffer } = {}): Promise<MemberUnderTest> {
    const member = new MemberUnderTest(this);
    await member.open(options);
    this.#members.push(member);
    return member;
  }

  /** Resolves as soon as the condition holds after some event of a member. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when these members have all partitions, balanced within one, and no others have any. */
  async untilShared(members: readonly MemberUnderTest[]): Promise<void> {
    const fair = Math.floor(this.partitions.length / members.length);
    await this.until(
      () =>
        this.owners.size === this.partitions.length &&
        members.every(({ owned }) => owned.size >= fair && owned.size <= fair + 1) &&
        [...this.owners.values()].every((owner) => members.includes(owner)),
    );
    expect(this.conflicts).toEqual([]);
  }

  changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.#members) await member.member.leave();
  }
}

/** A member that takes over and gives up partitions as soon as it is told. */
export class MemberUnderTest {
  readonly owned = new Map<string, TopicPartition>();
  readonly #group: GroupUnderTest;
  #asleep = false;
  member!: GroupMember;
  assignments: GroupAssignment[] = [];
  losses = 0;
  failure: MillraceError | null = null;
  /** What the leader was asked last. */
  ledMembers: readonly JoinedMember[] = [];
  timesLed = 0;

  constructor(group: GroupUnderTest) {
    this.#group = group;
  }

  get identity(): GroupMemberIdentity {
    return this.member.identity as GroupMemberIdentity;
  }

  async open(options: Partial<GroupOptions> & { userData?: Buffer }): Promise<void> {
    const { userData = Buffer.from('hello'), ...rest } = options;
    const { broker, name, times, partitions } = this.#group;
    const heartbeatIntervalMs = (): number => (this.#asleep ? NEVER_MS : times.heartbeatIntervalMs);
    this.member = await broker.joinGroup({
      group: name,
      ...times,
      get heartbeatIntervalMs() {
        return heartbeatIntervalMs();
      },
      protocol: 'conformance',
      subscription: () => ({
        topics: [...new Set(partitions.map(({ topic }) => topic))],
        ownedPartitions: [...this.owned.values()],
        userData,
      }),
      assign: (members) => {
        this.ledMembers = members;
        this.timesLed += 1;
        return assignCooperatively(members, partitions);
      },
      onEvent: () => queueMicrotask(() => this.#takeEvents()),
      ...rest,
    });
  }

  /** From now on the member neither works nor looks at what it is told nor sends anything, like a process that is stopped. */
  fallAsleep(): void {
    this.#asleep = true;
    this.releaseAll();
  }

  /** It goes on as if nothing had been, and asks for a rebalance. */
  wakeUp(): void {
    this.#asleep = false;
    this.#takeEvents();
    this.member.rejoin('awake again');
  }

  releaseAll(): void {
    for (const name of this.owned.keys()) {
      if (this.#group.owners.get(name) === this) this.#group.owners.delete(name);
    }
    this.owned.clear();
  }

  async leave(): Promise<void> {
    this.releaseAll();
    await this.member.leave();
  }

  #takeEvents(): void {
    if (this.#asleep) return;
    for (let event = this.member.takeEvent(); event !== undefined; event = this.member.takeEvent()) {
      if (event.kind === 'assigned') this.#assigned(event.assignment);
      else {
        if (event.kind === 'lost') this.losses += 1;
        else this.failure = event.error;
        this.releaseAll();
      }
    }
    this.#group.changed();
  }

  #assigned(assignment: GroupAssignment): void {
    this.assignments.push(assignment);
    const given = new Map(assignment.partitions.map((one) => [partitionName(one.topic, one.partition), one]));
    let gaveUp = false;
    for (const name of this.owned.keys()) {
      if (given.has(name)) continue;
      this.owned.delete(name);
      this.#group.owners.delete(name);
      gaveUp = true;
    }
    for (const [name, partition] of given) {
      const owner = this.#group.owners.get(name);
      if (owner !== undefined && owner !== this) this.#group.conflicts.push(name);
      this.#group.owners.set(name, this);
      this.owned.set(name, partition);
    }
    if (gaveUp) this.member.rejoin('partitions were given up');
  }
}

/** Balanced within one and sticky; what another still has is given only after that one gave it up. */
function assignCooperatively(
  members: readonly JoinedMember[],
  partitions: readonly TopicPartition[],
): ReadonlyMap<string, GroupAssignment> {
  const sorted = members.toSorted((one, other) => (one.memberId < other.memberId ? -1 : 1));
  const ownerOf = new Map<string, string>();
  for (const { memberId, subscription } of sorted) {
    for (const { topic, partition } of subscription.ownedPartitions)
      ownerOf.set(partitionName(topic, partition), memberId);
  }
  const most = Math.ceil(partitions.length / sorted.length);
  const wanted = new Map<string, TopicPartition[]>(sorted.map(({ memberId }) => [memberId, []]));
  const listOf = (memberId: string): TopicPartition[] => wanted.get(memberId) as TopicPartition[];
  const rest = partitions.filter((one) => {
    const owner = ownerOf.get(partitionName(one.topic, one.partition));
    if (owner === undefined || listOf(owner).length >= most) return true;
    listOf(owner).push(one);
    return false;
  });
  const shortest = (): string =>
    sorted.map(({ memberId }) => memberId).reduce((a, b) => (listOf(b).length < listOf(a).length ? b : a));
  const longest = (): string =>
    sorted.map(({ memberId }) => memberId).reduce((a, b) => (listOf(b).length > listOf(a).length ? b : a));
  for (const one of rest) listOf(shortest()).push(one);
  while (listOf(longest()).length - listOf(shortest()).length > 1)
    listOf(shortest()).push(listOf(longest()).pop() as TopicPartition);
  return new Map(
    sorted.map(({ memberId, subscription }) => [
      memberId,
      {
        partitions: listOf(memberId).filter((one) => {
          const owner = ownerOf.get(partitionName(one.topic, one.partition));
          return owner === undefined || owner === memberId;
        }),
        userData: Buffer.concat([Buffer.from('for '), subscription.userData]),
      },
    ]),
  );
}
