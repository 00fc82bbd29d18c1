import type { GroupAssignment, GroupMemberIdentity, GroupSubscription, JoinedMember } from '../group-port.ts';

/**
 * The broker's side of one membership: Kafka's four requests. What the protocol answers is returned, what goes wrong on the
 * way is thrown. One `join` or `sync` at a time; a heartbeat or `leave` may go beside it.
 */
export interface GroupCoordinator {
  /** Resolves when all members have joined, or the time of the slowest is up. */
  join(request: JoinRequest): Promise<JoinAnswer>;
  /** The leader brings everybody's assignment; all get theirs as soon as it has. */
  sync(request: SyncRequest): Promise<SyncAnswer>;
  /** Keeps the session; null says that all is well. */
  heartbeat(identity: GroupMemberIdentity): Promise<GroupRefusal | null>;
  /** Ends the membership at once, also one that waits in `join`. */
  leave(identity: GroupMemberIdentity): Promise<void>;
  close(): Promise<void>;
}

/** Why the broker did not do what a member asked. */
export type GroupRefusal =
  /** Others join: join as well. */
  | 'rebalance-in-progress'
  /** The group has gone on without the member. */
  | 'stale-generation'
  /** The group does not know the member, or no longer. */
  | 'unknown-member'
  /** Another has joined under the same instance id. */
  | 'fenced-instance'
  /** The members of the group have another assignor. */
  | 'inconsistent-protocol';

/** A member that wants into the next generation. */
export interface JoinRequest {
  /** Empty for one that has none yet. */
  readonly memberId: string;
  /** The generation that the member is in; −1 for none. */
  readonly generation: number;
  readonly subscription: GroupSubscription;
  readonly reason: string;
  /** Where the broker can: told that a rebalance has begun, before a heartbeat would say so. */
  onRebalance(): void;
}

/** What came of a join. */
export type JoinAnswer =
  | { readonly kind: 'joined'; readonly memberId: string; readonly generation: number; readonly lead: Lead | null }
  /** The member joins again under the id that it was given, so that the broker knows it if it does not come back. */
  | { readonly kind: 'named'; readonly memberId: string }
  | { readonly kind: 'refused'; readonly refusal: GroupRefusal };

/** What the leader of a generation has to decide on: all members, itself included. */
export interface Lead {
  readonly members: readonly JoinedMember[];
}

/** What a member says once it has joined. */
export interface SyncRequest {
  readonly identity: GroupMemberIdentity;
  /** By member id; null from those who do not lead. */
  readonly assignments: ReadonlyMap<string, GroupAssignment> | null;
}

/** What came of a sync. */
export type SyncAnswer =
  | { readonly kind: 'assigned'; readonly assignment: GroupAssignment }
  | { readonly kind: 'refused'; readonly refusal: GroupRefusal };
