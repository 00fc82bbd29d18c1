import type { GroupMemberIdentity, GroupOptions } from '../group-port.ts';
import type {
  GroupCoordinator,
  GroupRefusal,
  JoinAnswer,
  JoinRequest,
  SyncAnswer,
  SyncRequest,
} from '../group/group-coordinator.ts';
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts';
import type { KafkaLane } from './kafka-lane.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { heartbeat, joinGroup, leaveGroup, syncGroup } from './kafka-requests.ts';
import type { KafkaServices } from './kafka-services.ts';
import { brokerRefused, protocolErrorName } from './protocol-error.ts';

/** As Kafka's tools look for what has partitions assigned. */
const PROTOCOL_TYPE = 'consumer';
/** How much longer than the rebalance a client waits for its end. */
const JOIN_MARGIN_MS = 10_000;
const LEAVE_TIMEOUT_MS = 3000;

const REFUSALS: Readonly<{ [name: string]: GroupRefusal }> = {
  REBALANCE_IN_PROGRESS: 'rebalance-in-progress',
  ILLEGAL_GENERATION: 'stale-generation',
  UNKNOWN_MEMBER_ID: 'unknown-member',
  FENCED_INSTANCE_ID: 'fenced-instance',
  INCONSISTENT_GROUP_PROTOCOL: 'inconsistent-protocol',
};

/**
 * One membership's way to its coordinator on Kafka, with two connections of its own: a join waits at the broker until all
 * have joined, and heartbeats must not wait behind it. While no coordinator answers it goes on trying: the session is the
 * coordinator's to end.
 */
export class KafkaGroupCoordinator implements GroupCoordinator {
  readonly #services: KafkaServices;
  readonly #options: GroupOptions;
  readonly #joining: KafkaLane;
  readonly #beating: KafkaLane;

  constructor(services: KafkaServices, options: GroupOptions) {
    const { cluster, openParts } = services;
    this.#services = services;
    this.#options = options;
    this.#joining = cluster.openLane({ requestTimeoutMs: options.rebalanceTimeoutMs + JOIN_MARGIN_MS });
    this.#beating = cluster.openLane({
      requestTimeoutMs: Math.min(options.sessionTimeoutMs, cluster.options.requestTimeoutMs),
    });
    openParts.add(this);
  }

  async join(request: JoinRequest): Promise<JoinAnswer> {
    const { group, sessionTimeoutMs, rebalanceTimeoutMs, instanceId = null, protocol } = this.#options;
    const metadata = encodeSubscription(request.subscription, request.generation);
    const answer = await this.#send(this.#joining, joinGroup, [
      group,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      request.memberId,
      instanceId,
      PROTOCOL_TYPE,
      [{ name: protocol, metadata }],
      request.reason,
    ]);
    const { memberId } = answer;
    if (protocolErrorName(answer.errorCode) === 'MEMBER_ID_REQUIRED' && memberId !== null)
      return { kind: 'named', memberId };
    const refusal = this.#refusalOf(answer.errorCode, 'to be joined');
    if (refusal !== null) return { kind: 'refused', refusal };
    const leads = answer.leader === memberId && !answer.skipAssignment;
    const members = answer.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.groupInstanceId ?? null,
      subscription: decodeSubscription(member.metadata ?? Buffer.alloc(0)),
    }));
    return {
      kind: 'joined',
      memberId: memberId ?? '',
      generation: answer.generationId,
      lead: leads ? { members } : null,
    };
  }

  async sync({ identity, assignments }: SyncRequest): Promise<SyncAnswer> {
    const { group, protocol } = this.#options;
    const encoded = [...(assignments ?? [])].map(([memberId, assignment]) => ({
      memberId,
      assignment: encodeAssignment(assignment),
    }));
    const { generation, memberId, instanceId } = identity;
    const answer = await this.#send(this.#joining, syncGroup, [
      group,
      generation,
      memberId,
      instanceId,
      PROTOCOL_TYPE,
      protocol,
      encoded,
    ]);
    const refusal = this.#refusalOf(answer.errorCode, 'to assign');
    if (refusal !== null) return { kind: 'refused', refusal };
    return { kind: 'assigned', assignment: decodeAssignment(answer.assignment) };
  }

  async heartbeat({ generation, memberId, instanceId }: GroupMemberIdentity): Promise<GroupRefusal | null> {
    const args: [string, number, string, string | null] = [this.#options.group, generation, memberId, instanceId];
    const { errorCode } = await this.#send(this.#beating, heartbeat, args);
    return this.#refusalOf(errorCode, 'to take a heartbeat');
  }

  async leave({ memberId, instanceId }: GroupMemberIdentity): Promise<void> {
    const { group } = this.#options;
    await this.#services.cluster.sendToCoordinator(
      this.#beating,
      { kind: 'group', key: group },
      {
        request: leaveGroup,
        args: () => [group, [{ memberId, groupInstanceId: instanceId, reason: 'the member was closed' }]],
        timeoutMs: LEAVE_TIMEOUT_MS,
      },
    );
  }

  async close(): Promise<void> {
    const { cluster, openParts } = this.#services;
    openParts.delete(this);
    await Promise.all([cluster.closeLane(this.#joining), cluster.closeLane(this.#beating)]);
  }

  #send<Arguments extends unknown[], Response>(
    lane: KafkaLane,
    request: KafkaRequest<Arguments, Response>,
    args: Arguments,
  ): Promise<Response> {
    const of = { kind: 'group' as const, key: this.#options.group };
    return this.#services.cluster.sendToCoordinator(lane, of, { request, args: () => args, timeoutMs: Infinity });
  }

  #refusalOf(errorNumber: number, what: string): GroupRefusal | null {
    if (errorNumber === 0) return null;
    const refusal = REFUSALS[protocolErrorName(errorNumber)];
    if (refusal !== undefined) return refusal;
    const { group } = this.#options;
    throw brokerRefused(errorNumber, `group "${group}" ${what}`, { context: { group } });
  }
}
