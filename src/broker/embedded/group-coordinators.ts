import { MillraceError } from '../../core/millrace-error.ts';
import type { Scheduler } from '../../core/scheduler.ts';
import type { GroupMemberIdentity, GroupOptions } from '../group-port.ts';
import type {
  GroupCoordinator,
  GroupRefusal,
  JoinAnswer,
  JoinRequest,
  SyncAnswer,
  SyncRequest,
} from '../group/group-coordinator.ts';
import { ConsumerGroup } from './consumer-group.ts';

/** The groups that have members. They are in memory only, as the members are; committed offsets are not their matter. */
export class GroupCoordinators {
  readonly #scheduler: Scheduler;
  readonly #groups = new Map<string, ConsumerGroup>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The group, made where there is none. */
  group(name: string): ConsumerGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new ConsumerGroup(this.#scheduler);
      this.#groups.set(name, group);
    }
    return group;
  }

  /** Throws GROUP_NOT_EMPTY. */
  expectEmpty(name: string): void {
    if (this.#groups.get(name)?.isEmpty ?? true) return;
    throw new MillraceError('GROUP_NOT_EMPTY', `Expected group "${name}" to have no members, got some`, {
      context: { group: name },
    });
  }

  /** Throws GROUP_MEMBER_FENCED for one that may not commit offsets in this generation. */
  expectGeneration(name: string, member: GroupMemberIdentity): void {
    const refusal = this.group(name).refusalOf(member);
    if (refusal !== null) throw fenced(name, member, refusal);
  }

  /** Throws GROUP_MEMBER_FENCED for one that is no member, of whatever generation. */
  expectMember(name: string, member: GroupMemberIdentity): void {
    const refusal = this.group(name).membershipRefusal(member);
    if (refusal !== null) throw fenced(name, member, refusal);
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
  }
}

/** One membership's way to its group in this process. */
export class EmbeddedGroupCoordinator implements GroupCoordinator {
  readonly #group: ConsumerGroup;
  readonly #options: GroupOptions;
  readonly #expectOpen: () => void;

  constructor(group: ConsumerGroup, options: GroupOptions, expectOpen: () => void) {
    this.#group = group;
    this.#options = options;
    this.#expectOpen = expectOpen;
  }

  async join(request: JoinRequest): Promise<JoinAnswer> {
    this.#expectOpen();
    return this.#group.join(this.#options, request);
  }

  async sync(request: SyncRequest): Promise<SyncAnswer> {
    this.#expectOpen();
    return this.#group.sync(request);
  }

  async heartbeat(identity: GroupMemberIdentity): Promise<GroupRefusal | null> {
    this.#expectOpen();
    return this.#group.heartbeat(identity);
  }

  async leave(identity: GroupMemberIdentity): Promise<void> {
    this.#group.leave(identity);
  }

  async close(): Promise<void> {}
}

function fenced(group: string, member: GroupMemberIdentity, refusal: GroupRefusal): MillraceError {
  const { memberId, generation } = member;
  return new MillraceError(
    'GROUP_MEMBER_FENCED',
    `Expected a member of group "${group}" in its present generation, got "${memberId}" of generation ${generation}: ${refusal}`,
    { context: { group, memberId, generation } },
  );
}
