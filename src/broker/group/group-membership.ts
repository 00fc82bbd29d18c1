import type { MaybePromise } from '../../core/maybe-promise.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { Scheduler } from '../../core/scheduler.ts';
import type { GroupAssignment, GroupEvent, GroupMember, GroupMemberIdentity, GroupOptions } from '../group-port.ts';
import type { GroupCoordinator, GroupRefusal, JoinAnswer, Lead } from './group-coordinator.ts';
import { SessionLease } from './session-lease.ts';

/** What a membership works with. */
export interface GroupMembershipEnvironment {
  /** This membership's own way to the broker; closed with it. */
  readonly coordinator: GroupCoordinator;
  readonly scheduler: Scheduler;
}

type Joined = Extract<JoinAnswer, { kind: 'joined' }>;

/**
 * The member's side of the group protocol: joins, sends heartbeats, and joins again when the group or the owner wants it.
 *
 * Two owners of one thing are kept from being by three rules. An assignment that was not taken is withdrawn before the
 * subscription of the next join is asked for, so what the group is told is what the owner has. After a loss the member neither
 * joins nor has an identity until the owner has taken it, so nothing of before is committed under a new name. And what the
 * owner has is its own until it says otherwise: the leader may only give away what nobody names.
 */
export class GroupMembership implements GroupMember {
  readonly #options: GroupOptions;
  readonly #coordinator: GroupCoordinator;
  readonly #scheduler: Scheduler;
  #events: GroupEvent[] = [];
  #memberId = '';
  #generation = -1;
  #identity: GroupMemberIdentity | null = null;
  /** Why the member wants to join; null while it does not. */
  #rejoinReason: string | null = 'the member is new';
  #lossUntaken = false;
  /** Whether the broker said by itself that a rebalance has begun; the next heartbeat will say it too. */
  #rebalanceHeard = false;
  readonly #lease: SessionLease;
  #ended = false;
  #wake: (() => void) | undefined;
  #leaving: Promise<void> | undefined;

  constructor(options: GroupOptions, environment: GroupMembershipEnvironment) {
    this.#options = options;
    this.#coordinator = environment.coordinator;
    this.#scheduler = environment.scheduler;
    this.#lease = new SessionLease(options, environment.scheduler);
  }

  /** Joins, in the background. */
  start(): this {
    void this.#run();
    return this;
  }

  get identity(): GroupMemberIdentity | null {
    return this.#identity;
  }

  takeEvent(): GroupEvent | undefined {
    const event = this.#events.shift();
    if (event?.kind === 'lost') {
      this.#lossUntaken = false;
      this.#wake?.();
    }
    return event;
  }

  confirm(): MaybePromise<void> {
    if (this.#identity === null) throw this.#lease.over();
    if (this.#lease.holds) return;
    const confirmed = this.#lease.renewed();
    this.#wake?.();
    return confirmed;
  }

  rejoin(reason: string): void {
    this.#rejoinReason ??= reason;
    this.#wake?.();
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    const identity = this.#currentIdentity();
    this.#end();
    this.#events = [];
    await this.#sayGoodbye(identity);
    await this.#coordinator.close();
  }

  /** What fails of it changes nothing: the session ends by itself. A static member stays until then. */
  async #sayGoodbye(identity: GroupMemberIdentity): Promise<void> {
    if (identity.memberId === '' || identity.instanceId !== null) return;
    this.#memberId = '';
    await this.#coordinator.leave(identity).catch(() => undefined);
  }

  async #run(): Promise<void> {
    try {
      await this.#takeFormerMemberOut();
      while (!this.#ended) {
        if (this.#lossUntaken) await this.#sleep(null);
        else {
          const refusal = (await this.#join()) ?? (await this.#beat());
          if (refusal !== null && !this.#ended) this.#refused(refusal);
        }
      }
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** What fails of it changes nothing: its session ends by itself. */
  async #takeFormerMemberOut(): Promise<void> {
    const memberId = this.#options.formerMemberId ?? '';
    if (memberId === '') return;
    await this.#coordinator.leave({ memberId, generation: -1, instanceId: null }).catch(() => undefined);
  }

  /** Joins the next generation and gets an assignment of it; null when that worked. */
  async #join(): Promise<GroupRefusal | null> {
    const reason = this.#rejoinReason ?? 'the group is rebalancing';
    this.#rejoinReason = null;
    this.#events = [];
    this.#rebalanceHeard = false;
    const sentMs = this.#scheduler.nowMs();
    const answer = await this.#coordinator.join({
      memberId: this.#memberId,
      generation: this.#generation,
      subscription: this.#options.subscription(),
      reason,
      onRebalance: () => {
        this.#rebalanceHeard = true;
        this.#wake?.();
      },
    });
    if (answer.kind === 'refused') return answer.refusal;
    this.#named(answer.memberId);
    if (answer.kind === 'named' || this.#ended) return 'rebalance-in-progress';
    this.#generation = answer.generation;
    const identity = this.#currentIdentity();
    this.#identity = identity;
    this.#lease.renew(sentMs);
    return this.#sync(identity, answer);
  }

  #named(memberId: string): void {
    if (memberId === this.#memberId) return;
    this.#memberId = memberId;
    this.#options.onNamed?.(memberId);
  }

  async #sync(identity: GroupMemberIdentity, joined: Joined): Promise<GroupRefusal | null> {
    const assignments = joined.lead === null ? null : await this.#assign(identity, joined.lead);
    if (this.#ended) return null;
    const sentMs = this.#scheduler.nowMs();
    const answer = await this.#coordinator.sync({ identity, assignments });
    if (answer.kind === 'refused') return answer.refusal;
    this.#lease.renew(sentMs);
    this.#tell({ kind: 'assigned', assignment: answer.assignment });
    return null;
  }

  /** Decides for all, and keeps the session meanwhile. */
  async #assign(identity: GroupMemberIdentity, { members }: Lead): Promise<ReadonlyMap<string, GroupAssignment>> {
    let decided = false;
    const decision = Promise.resolve(this.#options.assign(members)).then(
      (assignments) => () => assignments,
      (error: unknown) => (): never => {
        throw error;
      },
    );
    void decision.then(() => {
      decided = true;
      this.#wake?.();
    });
    while (!decided && !this.#ended) {
      await this.#sleep(this.#options.heartbeatIntervalMs);
      // What this refuses, the sync says too.
      if (!decided && !this.#ended) await this.#heartbeat(identity);
    }
    const assignments = (await decision)();
    const forgotten = members.find(({ memberId }) => !assignments.has(memberId));
    if (forgotten === undefined) return assignments;
    throw new MillraceError(
      'GROUP_ASSIGNMENT',
      `Expected an assignment for each of ${members.length} members of "${this.#options.group}", got none for "${forgotten.memberId}"`,
      { context: { group: this.#options.group } },
    );
  }

  /** Sends heartbeats until there is a reason to join again. */
  async #beat(): Promise<GroupRefusal | null> {
    const identity = this.#currentIdentity();
    for (;;) {
      const isAtOnce = this.#rejoinReason !== null || this.#rebalanceHeard || this.#lease.isAwaited;
      if (!isAtOnce) await this.#sleep(this.#options.heartbeatIntervalMs);
      if (this.#ended || this.#rejoinReason !== null) return null;
      this.#rebalanceHeard = false;
      const refusal = await this.#heartbeat(identity);
      if (refusal !== null) return refusal;
    }
  }

  async #heartbeat(identity: GroupMemberIdentity): Promise<GroupRefusal | null> {
    const sentMs = this.#scheduler.nowMs();
    const refusal = await this.#coordinator.heartbeat(identity);
    // That others join says that the member is one still.
    if (refusal === null || refusal === 'rebalance-in-progress') this.#lease.renew(sentMs);
    return refusal;
  }

  #refused(refusal: GroupRefusal): void {
    if (refusal === 'rebalance-in-progress') return;
    if (refusal === 'fenced-instance' || refusal === 'inconsistent-protocol') throw this.#refusalError(refusal);
    const wasIn = this.#generation !== -1;
    if (refusal === 'unknown-member') this.#memberId = '';
    this.#generation = -1;
    this.#identity = null;
    this.#lease.end();
    if (!wasIn) return;
    this.#lossUntaken = true;
    this.#tell({
      kind: 'lost',
      reason: refusal === 'unknown-member' ? 'the group knows the member no longer' : 'the group went on without it',
    });
  }

  #refusalError(refusal: 'fenced-instance' | 'inconsistent-protocol'): MillraceError {
    const { group, protocol, instanceId } = this.#options;
    const context = { group };
    if (refusal === 'fenced-instance') {
      const message = `Expected to be the only instance "${instanceId}" of group "${group}", got a newer one`;
      return new MillraceError('GROUP_MEMBER_FENCED', message, { context });
    }
    const message = `Expected the members of group "${group}" to use the assignor "${protocol}", got another one`;
    return new MillraceError('GROUP_PROTOCOL_MISMATCH', message, { context });
  }

  /** Ends the membership for good, and leaves so that the others need not wait. */
  async #fail(error: unknown): Promise<void> {
    if (this.#ended) return;
    const identity = this.#currentIdentity();
    this.#end();
    this.#tell({ kind: 'failed', error: this.#toMillraceError(error) });
    await this.#sayGoodbye(identity);
  }

  #toMillraceError(error: unknown): MillraceError {
    const context = { group: this.#options.group };
    if (error instanceof MillraceError) return error.at(context);
    return new MillraceError('GROUP_ASSIGNMENT', 'Expected the assignor to decide, got an error', {
      cause: error,
      context,
    });
  }

  #end(): void {
    this.#ended = true;
    this.#identity = null;
    this.#lease.end();
    this.#wake?.();
  }

  /** Replaces what was not taken: it is out of date. */
  #tell(event: GroupEvent): void {
    this.#events = [event];
    this.#options.onEvent();
  }

  #currentIdentity(): GroupMemberIdentity {
    return {
      memberId: this.#memberId,
      generation: this.#generation,
      instanceId: this.#options.instanceId ?? null,
    };
  }

  /** Waits for a time, or without end for null, or until somebody wakes it. */
  #sleep(delayMs: number | null): Promise<void> {
    return new Promise((resolve) => {
      const cancel = delayMs === null ? undefined : this.#scheduler.after(delayMs, () => this.#wake?.());
      this.#wake = () => {
        cancel?.();
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
