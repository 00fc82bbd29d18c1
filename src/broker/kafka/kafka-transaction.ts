import type { MillraceError } from '../../core/millrace-error.ts';
import type { GroupMemberIdentity } from '../group-port.ts';
import type { PartitionOffset } from '../port.ts';
import type { KafkaLane } from './kafka-lane.ts';
import { addOffsetsToTxn, addPartitionsToTxn, endTxn, initProducerId, txnOffsetCommit } from './kafka-requests.ts';
import type { KafkaServices } from './kafka-services.ts';
import { committedTopics, offsetsRefused } from './offset-commit.ts';
import { brokerRefused } from './protocol-error.ts';
import type { ProducerIdentity } from './producer-identity.ts';
import { endTransaction2, txnOffsetCommit2 } from './transaction-requests.ts';

/** The coordinator is still busy with the transaction before. It takes a few milliseconds. */
const CONCURRENT: ReadonlySet<string> = new Set(['CONCURRENT_TRANSACTIONS']);
const CONCURRENT_BACKOFF_MS = 3;
/** Somebody else's transaction may have to be aborted first. */
const INIT_BACKOFF_MS = 20;

/** A transactional id, and the requests to its coordinator. */
export class KafkaTransaction {
  readonly transactionalId: string;
  /** Whether brokers add partitions and groups to a transaction by themselves (KIP-890). */
  readonly isVersion2: boolean;
  readonly #services: KafkaServices;
  readonly #lane: KafkaLane;
  readonly #partitions = new Set<string>();
  readonly #groups = new Set<string>();
  #identity: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

  private constructor(parts: {
    services: KafkaServices;
    lane: KafkaLane;
    transactionalId: string;
    isVersion2: boolean;
  }) {
    this.#services = parts.services;
    this.#lane = parts.lane;
    this.transactionalId = parts.transactionalId;
    this.isVersion2 = parts.isVersion2;
  }

  /** Takes the id over: what its earlier holder had not committed is aborted, and he is fenced. */
  static async open(services: KafkaServices, lane: KafkaLane, transactionalId: string): Promise<KafkaTransaction> {
    const { cluster } = services;
    const versions = await cluster.versionsOfAny(lane);
    const isVersion2 = (versions.features.get('transaction.version') ?? 0) >= 2;
    const transaction = new KafkaTransaction({ services, lane, transactionalId, isVersion2 });
    await transaction.takeOver();
    return transaction;
  }

  get identity(): ProducerIdentity {
    return this.#identity;
  }

  /** A new epoch. The first time it fences others; later it fails with PRODUCER_FENCED where others have taken over. */
  async takeOver(): Promise<void> {
    const { producerId, producerEpoch } = this.#identity;
    const { transactionTimeoutMs } = this.#services;
    const answer = await this.#services.cluster.sendToCoordinator(this.#lane, this.#coordinator, {
      request: initProducerId,
      args: () => [this.transactionalId, transactionTimeoutMs, BigInt(producerId), producerEpoch],
      retry: CONCURRENT,
      backoffMs: INIT_BACKOFF_MS,
    });
    if (answer.errorCode !== 0) throw this.#refused(answer.errorCode, 'to be taken over');
    this.#begin({ producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch });
  }

  /** Adds partitions that are not in the transaction yet. */
  async addPartitions(partitions: readonly { topic: string; partition: number; name: string }[]): Promise<void> {
    const added = partitions.filter(({ name }) => !this.#partitions.has(name));
    if (this.isVersion2 || added.length === 0) return;
    const byTopic = Map.groupBy(added, ({ topic }) => topic);
    const topics = [...byTopic].map(([name, some]) => ({ name, partitions: some.map(({ partition }) => partition) }));
    const answer = await this.#services.cluster.sendToCoordinator(this.#lane, this.#coordinator, {
      request: addPartitionsToTxn,
      args: () => [[{ transactionalId: this.transactionalId, ...this.#wireIdentity, verifyOnly: false, topics }]],
      retry: CONCURRENT,
      backoffMs: CONCURRENT_BACKOFF_MS,
    });
    const error = addPartitionsToTxn.errorOf(answer);
    if (error !== 0) throw this.#refused(error, 'to take partitions');
    for (const { name } of added) this.#partitions.add(name);
  }

  /** Adds committed offsets of a group. Throws GROUP_MEMBER_FENCED where the member is outdated (KIP-447). */
  async commitOffsets(
    group: string,
    offsets: readonly PartitionOffset[],
    member?: GroupMemberIdentity | null,
  ): Promise<void> {
    const { cluster } = this.#services;
    const { producerId, producerEpoch } = this.#wireIdentity;
    if (!this.isVersion2 && !this.#groups.has(group)) {
      const answer = await cluster.sendToCoordinator(this.#lane, this.#coordinator, {
        request: addOffsetsToTxn,
        args: () => [this.transactionalId, producerId, producerEpoch, group],
        retry: CONCURRENT,
        backoffMs: CONCURRENT_BACKOFF_MS,
      });
      if (answer.errorCode !== 0) throw this.#refused(answer.errorCode, `to take group "${group}"`);
      this.#groups.add(group);
    }
    const answer = await cluster.sendToCoordinator(
      this.#lane,
      { kind: 'group', key: group },
      {
        request: this.isVersion2 ? txnOffsetCommit2 : txnOffsetCommit,
        args: () => [
          this.transactionalId,
          group,
          producerId,
          producerEpoch,
          member?.generation ?? -1,
          member?.memberId ?? '',
          member?.instanceId ?? null,
          committedTopics(offsets),
        ],
        retry: CONCURRENT,
        backoffMs: CONCURRENT_BACKOFF_MS,
      },
    );
    const error = txnOffsetCommit.errorOf(answer);
    if (error !== 0) throw offsetsRefused(error, group, { transactionalId: this.transactionalId });
  }

  /** Commits or aborts, and begins another. Throws PRODUCER_FENCED; BROKER_UNAVAILABLE leaves open which it is. */
  async end(committed: boolean): Promise<void> {
    const { cluster } = this.#services;
    const { producerId, producerEpoch } = this.#wireIdentity;
    const call = {
      args: (): [string, bigint, number, boolean] => [this.transactionalId, producerId, producerEpoch, committed],
      retry: CONCURRENT,
      backoffMs: CONCURRENT_BACKOFF_MS,
    };
    const what = `to ${committed ? 'commit' : 'abort'}`;
    if (this.isVersion2) {
      const request = endTransaction2;
      const answer = await cluster.sendToCoordinator(this.#lane, this.#coordinator, { request, ...call });
      if (answer.errorCode !== 0) throw this.#refused(answer.errorCode, what);
      this.#begin({ producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch });
    } else if (committed || this.#partitions.size > 0 || this.#groups.size > 0) {
      const answer = await cluster.sendToCoordinator(this.#lane, this.#coordinator, { request: endTxn, ...call });
      if (answer.errorCode !== 0) throw this.#refused(answer.errorCode, what);
      this.#begin(this.#identity);
    }
    // What was dropped may have been sent or not: sequence numbers begin anew with an epoch.
    if (!committed && !this.isVersion2) await this.takeOver();
  }

  get #coordinator(): { kind: 'transaction'; key: string } {
    return { kind: 'transaction', key: this.transactionalId };
  }

  get #wireIdentity(): { producerId: bigint; producerEpoch: number } {
    return { producerId: BigInt(this.#identity.producerId), producerEpoch: this.#identity.producerEpoch };
  }

  #begin(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#partitions.clear();
    this.#groups.clear();
  }

  #refused(error: number, what: string): MillraceError {
    const { transactionalId } = this;
    return brokerRefused(error, `the transaction of "${transactionalId}" ${what}`, { context: { transactionalId } });
  }
}
