import type { MaybePromise } from '../core/maybe-promise.ts';
import type { MillraceError } from '../core/millrace-error.ts';
import type { TopicPartition } from '../core/topic-partition.ts';

/**
 * Membership in a consumer group: Kafka's group protocol with cooperative rebalancing (KIP-429) and static members
 * (KIP-345), where the leader, one of the members, decides who gets what. The broker only counts the members and carries
 * their bytes.
 *
 * Subscriptions and assignments are written as Kafka's consumer protocol, so that Kafka's own tools show who has what.
 */
export interface GroupOptions {
  readonly group: string;
  /** Makes the member static: one that comes back under the same id within the session gets its assignment back. */
  readonly instanceId?: string;
  /**
   * The id that a member had which is gone for certain and did not leave: it is taken out of the group before this one joins,
   * so that nobody waits for its session to end. One that the group does not know is passed over.
   */
  readonly formerMemberId?: string | null;
  /** A member that is not heard of for so long is out of the group, in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** How long a rebalance waits for members to join again, in milliseconds. */
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** The name of the assignor; members without a common one cannot be in one group. */
  readonly protocol: string;
  /**
   * What this member says of itself; asked for at each join. From the moment that it took an assignment it names what it was
   * given, until it has given it up; from the moment that it took a loss, nothing of what it had before.
   */
  subscription(): GroupSubscription;
  /**
   * Asked of the leader, once all have joined. Every member must get an assignment. What it throws fails the leader's
   * membership, and the others elect another.
   */
  assign(
    members: readonly JoinedMember[],
  ): ReadonlyMap<string, GroupAssignment> | Promise<ReadonlyMap<string, GroupAssignment>>;
  /** Told, without a word, that `takeEvent` has something. */
  onEvent(): void;
  /** Told each id that the group gives the member. */
  onNamed?(memberId: string): void;
}

/** What a member says when it joins. */
export interface GroupSubscription {
  readonly topics: readonly string[];
  readonly ownedPartitions: readonly TopicPartition[];
  /** Opaque to the broker. */
  readonly userData: Buffer;
}

/** What the leader knows of a member. */
export interface JoinedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly subscription: GroupSubscription;
}

/** What a member is given. */
export interface GroupAssignment {
  readonly partitions: readonly TopicPartition[];
  /** Opaque to the broker. */
  readonly userData: Buffer;
}

/**
 * Whom the broker knows a member by. Offsets committed under an outdated one are refused with GROUP_MEMBER_FENCED.
 *
 * A rebalance may end while a commit is under way. So who is refused looks at `GroupMember.identity`: another one that is not
 * null means that the member is in the next generation and still has what its last subscription named, so it commits that
 * again under the new identity; the same one, or null, means that it was thrown out.
 */
export interface GroupMemberIdentity {
  readonly memberId: string;
  readonly generation: number;
  readonly instanceId: string | null;
}

/** What happened to a membership. */
export type GroupEvent =
  /**
   * A rebalance has ended. What the member has and is not given any more it gives up, then calls `rejoin`. An assignment that
   * was not taken before the next rebalance began is not to be had any more: the next one replaces it.
   */
  | { readonly kind: 'assigned'; readonly assignment: GroupAssignment }
  /**
   * The member was thrown out (its session ended): everything it had may be another's already. It joins again by itself, as
   * soon as this was taken.
   */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The membership has ended for good: another uses the same `instanceId`, or the group refuses it. */
  | { readonly kind: 'failed'; readonly error: MillraceError };

/**
 * One member of a group. It joins, sends heartbeats and joins again by itself, in the background; meanwhile the owner keeps
 * working on what it has, and looks at the events between two batches.
 */
export interface GroupMember {
  /** Null while it is in no generation: before it joined, and from a loss until that was taken and it joined again. */
  readonly identity: GroupMemberIdentity | null;
  /** The oldest event not taken yet. */
  takeEvent(): GroupEvent | undefined;
  /**
   * Makes sure that the group has not gone on without the member, as far as anybody can: at once while the coordinator has
   * answered within the session, which cannot have ended then; else, as after the process stood still, by another answer.
   * Throws GROUP_MEMBER_FENCED where it has, BROKER_UNAVAILABLE when no coordinator answers for the time of a rebalance.
   */
  confirm(): MaybePromise<void>;
  /** Asks for another rebalance: after partitions were given up, or because something is better placed now. */
  rejoin(reason: string): void;
  /** Leaves the group at once (a static member stays until its session ends) and frees the connection. May be called twice. */
  leave(): Promise<void>;
}
