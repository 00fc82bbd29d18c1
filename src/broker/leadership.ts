import type { GroupAssignment, GroupEvent, GroupMember, JoinedMember } from './group-port.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { seconds } from '../core/duration.ts';
import type { Broker } from './port.ts';

const PROTOCOL = 'millrace-leader';
const SESSION_TIMEOUT_MS = seconds(10);
const HEARTBEAT_INTERVAL_MS = seconds(3);
const REBALANCE_TIMEOUT_MS = seconds(30);
const NO_PARTITIONS = Object.freeze([]);

/** Who leads. */
export interface Leader {
  readonly isSelf: boolean;
  /** What it said of itself when it joined. */
  readonly address: string;
}

/** What a process joins with. */
export interface LeadershipOptions {
  readonly broker: Broker;
  /** Those in one group elect one of them. */
  readonly group: string;
  /** Where the others find this process. */
  readonly address: string;
  /**
   * Told of every change; null while nobody is known to lead. One that led may be told late that it does not any more:
   * what only one may do is fenced by a transactional producer that each new leader opens.
   */
  onChange(leader: Leader | null): void;
  /** Told when the membership has ended for good. */
  onFailure(error: MillraceError): void;
}

/**
 * One of several processes leads; another does when it dies. Whoever leads keeps doing so while it lives, whoever else
 * comes.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  #member: GroupMember | null = null;
  #leads = false;

  private constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** Joins. The first change is told later. */
  static async join(options: LeadershipOptions): Promise<Leadership> {
    const leadership = new Leadership(options);
    leadership.#member = await options.broker.joinGroup({
      group: options.group,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      protocol: PROTOCOL,
      subscription: () => ({ topics: [], ownedPartitions: NO_PARTITIONS, userData: leadership.#userData() }),
      assign: elect,
      onEvent: () => leadership.#takeEvents(),
    });
    leadership.#takeEvents();
    return leadership;
  }

  /** Leaves; another may lead at once. */
  async leave(): Promise<void> {
    await this.#member?.leave();
  }

  #userData(): Buffer {
    return encode({ address: this.#options.address, leads: this.#leads });
  }

  #takeEvents(): void {
    // The first events may come before the member is known.
    if (this.#member === null) return;
    for (let event = this.#member.takeEvent(); event !== undefined; event = this.#member.takeEvent()) this.#take(event);
  }

  #take(event: GroupEvent): void {
    switch (event.kind) {
      case 'assigned': {
        const { memberId, address } = decode<Elected>(event.assignment.userData);
        this.#leads = memberId === this.#member?.identity?.memberId;
        this.#options.onChange({ isSelf: this.#leads, address });
        return;
      }
      case 'lost':
        this.#leads = false;
        this.#options.onChange(null);
        return;
      case 'failed':
        this.#leads = false;
        this.#options.onChange(null);
        this.#options.onFailure(event.error);
    }
  }
}

interface Candidate {
  readonly address: string;
  readonly leads: boolean;
}

interface Elected {
  readonly memberId: string;
  readonly address: string;
}

function elect(members: readonly JoinedMember[]): ReadonlyMap<string, GroupAssignment> {
  const candidates = members.map(({ memberId, subscription }) => ({
    memberId,
    ...decode<Candidate>(subscription.userData),
  }));
  const elected = candidates.find(({ leads }) => leads) ?? candidates.toSorted(byMemberId)[0];
  if (elected === undefined) throw new MillraceError('INTERNAL', 'Expected a group to have members, got none');
  const userData = encode({ memberId: elected.memberId, address: elected.address });
  return new Map(members.map(({ memberId }) => [memberId, { partitions: NO_PARTITIONS, userData }]));
}

function byMemberId(one: Elected, other: Elected): number {
  return one.memberId < other.memberId ? -1 : 1;
}

function encode(value: Candidate | Elected): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function decode<T>(bytes: Buffer): T {
  return JSON.parse(bytes.toString()) as T;
}
