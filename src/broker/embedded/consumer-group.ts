import { randomUUID } from 'node:crypto';
import type { Scheduler } from '../../core/scheduler.ts';
import type { GroupAssignment, GroupMemberIdentity, GroupOptions } from '../group-port.ts';
import type { GroupRefusal, JoinAnswer, JoinRequest, SyncAnswer, SyncRequest } from '../group/group-coordinator.ts';

/** One member as the group sees it. */
interface Member {
  readonly id: string;
  readonly instanceId: string | null;
  readonly options: GroupOptions;
  request: JoinRequest;
  assignment: GroupAssignment | null;
  /** Set while the member waits for the others to join. */
  answerJoin: ((answer: JoinAnswer) => void) | null;
  /** Set while the member waits for the leader's decision. */
  answerSync: ((answer: SyncAnswer) => void) | null;
  endSession: (() => void) | null;
}

/**
 * `joining` waits for all members to join, `syncing` for the leader's decision, `stable` for the next change:
 *
 * empty → joining → syncing → stable → joining …; and back to empty from anywhere when the last one is gone.
 */
type GroupState = 'empty' | 'joining' | 'syncing' | 'stable';

const REBALANCING: SyncAnswer = { kind: 'refused', refusal: 'rebalance-in-progress' };
const GONE = { kind: 'refused', refusal: 'unknown-member' } as const;
const FENCED = { kind: 'refused', refusal: 'fenced-instance' } as const;

/**
 * The coordinator's side of one group, as Kafka's classic protocol has it: all members join within the rebalance time-out,
 * the leader decides, all get their part; a member that is not heard of within its session is out.
 */
export class ConsumerGroup {
  readonly #scheduler: Scheduler;
  readonly #members = new Map<string, Member>();
  readonly #instances = new Map<string, string>();
  #state: GroupState = 'empty';
  #generation = 0;
  #leaderId: string | null = null;
  #cancelTimeout: (() => void) | undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** See `GroupCoordinator.join`. */
  join(options: GroupOptions, request: JoinRequest): Promise<JoinAnswer> {
    const refusal = this.#joinRefusal(options, request);
    if (refusal !== null) return Promise.resolve({ kind: 'refused', refusal });
    const replacedId = request.memberId === '' ? this.#instances.get(options.instanceId ?? '') : undefined;
    if (replacedId !== undefined) return this.#replace(this.#member(replacedId), options, request);
    const member = this.#members.get(request.memberId) ?? this.#add(options, request);
    member.request = request;
    if (this.#state !== 'joining') this.#beginRebalance(member);
    return this.#awaitJoin(member);
  }

  /** See `GroupCoordinator.sync`. */
  sync(request: SyncRequest): Promise<SyncAnswer> {
    const refusal = this.refusalOf(request.identity);
    if (refusal !== null) return Promise.resolve({ kind: 'refused', refusal });
    if (this.#state === 'joining') return Promise.resolve(REBALANCING);
    const member = this.#member(request.identity.memberId);
    if (this.#state === 'stable') {
      this.#keepSession(member);
      return Promise.resolve(assigned(member));
    }
    const answer = new Promise<SyncAnswer>((resolve) => {
      member.answerSync = resolve;
    });
    this.#cancelSession(member);
    if (member.id === this.#leaderId && request.assignments !== null) this.#decide(request.assignments);
    return answer;
  }

  /** See `GroupCoordinator.heartbeat`. */
  heartbeat(identity: GroupMemberIdentity): GroupRefusal | null {
    const refusal = this.refusalOf(identity);
    if (refusal !== null) return refusal;
    const member = this.#member(identity.memberId);
    if (member.answerJoin === null && member.answerSync === null) this.#keepSession(member);
    return this.#state === 'joining' ? 'rebalance-in-progress' : null;
  }

  /** See `GroupCoordinator.leave`. */
  leave(identity: GroupMemberIdentity): void {
    const member = this.#members.get(identity.memberId);
    if (member !== undefined) this.#remove(member);
  }

  /** Why the group does not take what a member says in this generation; null when it does. */
  refusalOf(identity: GroupMemberIdentity): GroupRefusal | null {
    const refusal = this.membershipRefusal(identity);
    return refusal ?? (identity.generation === this.#generation ? null : 'stale-generation');
  }

  /** Why this is no member, of whatever generation; null when it is. */
  membershipRefusal({ memberId, instanceId }: GroupMemberIdentity): GroupRefusal | null {
    const holder = instanceId === null ? undefined : this.#instances.get(instanceId);
    if (holder !== undefined && holder !== memberId) return 'fenced-instance';
    return this.#members.has(memberId) ? null : 'unknown-member';
  }

  /** Ends all that waits; members that ask again find the broker closed. */
  close(): void {
    this.#cancelTimeout?.();
    for (const member of this.#members.values()) this.#forget(member);
  }

  #joinRefusal(options: GroupOptions, { memberId }: JoinRequest): GroupRefusal | null {
    for (const { id, options: others } of this.#members.values()) {
      if (id !== memberId && others.protocol !== options.protocol) return 'inconsistent-protocol';
    }
    if (memberId === '') return null;
    return this.membershipRefusal({ memberId, instanceId: options.instanceId ?? null, generation: this.#generation });
  }

  #add(options: GroupOptions, request: JoinRequest): Member {
    const member: Member = {
      id: `${options.instanceId ?? 'member'}-${randomUUID()}`,
      instanceId: options.instanceId ?? null,
      options,
      request,
      assignment: null,
      answerJoin: null,
      answerSync: null,
      endSession: null,
    };
    this.#members.set(member.id, member);
    if (member.instanceId !== null) this.#instances.set(member.instanceId, member.id);
    return member;
  }

  /** A static member is back, under a new id: in a stable group it takes up what it had, without a rebalance. */
  #replace(old: Member, options: GroupOptions, request: JoinRequest): Promise<JoinAnswer> {
    this.#cancelSession(old);
    this.#members.delete(old.id);
    old.answerJoin?.(FENCED);
    old.answerSync?.(FENCED);
    const member = this.#add(options, request);
    member.assignment = old.assignment;
    if (this.#leaderId === old.id) this.#leaderId = member.id;
    if (this.#state === 'stable') {
      this.#keepSession(member);
      const { id: memberId } = member;
      return Promise.resolve({ kind: 'joined', memberId, generation: this.#generation, lead: null });
    }
    if (this.#state !== 'joining') this.#beginRebalance(member);
    return this.#awaitJoin(member);
  }

  #awaitJoin(member: Member): Promise<JoinAnswer> {
    this.#cancelSession(member);
    // A member that asks twice gets its answer where it asked last.
    member.answerJoin?.(GONE);
    const answer = new Promise<JoinAnswer>((resolve) => {
      member.answerJoin = resolve;
    });
    this.#completeJoinIfAll();
    return answer;
  }

  /** `cause` is the member that joins, if it is one; it need not be told. */
  #beginRebalance(cause?: Member): void {
    this.#state = 'joining';
    for (const member of this.#members.values()) {
      if (member === cause) continue;
      if (member.answerSync === null) member.request.onRebalance();
      else {
        member.answerSync(REBALANCING);
        member.answerSync = null;
        this.#keepSession(member);
      }
    }
    this.#setTimeout(() => this.#completeJoin());
  }

  #completeJoinIfAll(): void {
    if (this.#state !== 'joining') return;
    for (const { answerJoin } of this.#members.values()) if (answerJoin === null) return;
    this.#completeJoin();
  }

  /** The generation begins with those who have joined. A static member that has not is waited for until its session ends. */
  #completeJoin(): void {
    for (const member of this.#members.values()) {
      if (member.answerJoin === null && member.instanceId === null) this.#forget(member);
    }
    const joined = [...this.#members.values()].filter(({ answerJoin }) => answerJoin !== null);
    const [first] = joined;
    if (first === undefined) {
      if (this.isEmpty) this.#becomeEmpty();
      else this.#setTimeout(() => this.#completeJoin());
      return;
    }
    this.#generation += 1;
    this.#state = 'syncing';
    const leader = joined.find(({ id }) => id === this.#leaderId) ?? first;
    this.#leaderId = leader.id;
    this.#setTimeout(() => this.#dropUnsynced());
    const members = [...this.#members.values()].map(({ id, instanceId, request }) => ({
      memberId: id,
      instanceId,
      subscription: request.subscription,
    }));
    for (const member of joined) {
      const lead = member === leader ? { members } : null;
      member.answerJoin?.({ kind: 'joined', memberId: member.id, generation: this.#generation, lead });
      member.answerJoin = null;
      this.#keepSession(member);
    }
  }

  #decide(assignments: ReadonlyMap<string, GroupAssignment>): void {
    this.#cancelTimeout?.();
    this.#state = 'stable';
    for (const member of this.#members.values()) {
      member.assignment = assignments.get(member.id) ?? null;
      if (member.answerSync === null) continue;
      member.answerSync(assigned(member));
      member.answerSync = null;
      this.#keepSession(member);
    }
  }

  /** Those who joined and then did not ask for their part are out, above all a leader that does not decide. */
  #dropUnsynced(): void {
    const silent = [...this.#members.values()].filter(({ answerSync }) => answerSync === null);
    for (const member of silent) this.#forget(member);
    this.#afterRemoval();
  }

  #remove(member: Member): void {
    this.#forget(member);
    this.#afterRemoval();
  }

  #forget(member: Member): void {
    this.#cancelSession(member);
    this.#members.delete(member.id);
    if (member.instanceId !== null) this.#instances.delete(member.instanceId);
    member.answerJoin?.(GONE);
    member.answerSync?.(GONE);
  }

  #afterRemoval(): void {
    if (this.isEmpty) this.#becomeEmpty();
    else if (this.#state === 'joining') this.#completeJoinIfAll();
    else this.#beginRebalance();
  }

  #becomeEmpty(): void {
    this.#cancelTimeout?.();
    this.#state = 'empty';
    this.#leaderId = null;
  }

  #keepSession(member: Member): void {
    this.#cancelSession(member);
    member.endSession = this.#scheduler.after(member.options.sessionTimeoutMs, () => this.#remove(member));
  }

  #cancelSession(member: Member): void {
    member.endSession?.();
    member.endSession = null;
  }

  /** Gives the members as much time as the slowest of them wants. */
  #setTimeout(action: () => void): void {
    this.#cancelTimeout?.();
    let longestMs = 0;
    for (const { options } of this.#members.values()) longestMs = Math.max(longestMs, options.rebalanceTimeoutMs);
    this.#cancelTimeout = this.#scheduler.after(longestMs, action);
  }

  #member(id: string): Member {
    return this.#members.get(id) as Member;
  }
}

function assigned({ assignment }: Member): SyncAnswer {
  return { kind: 'assigned', assignment: assignment ?? { partitions: [], userData: Buffer.alloc(0) } };
}
