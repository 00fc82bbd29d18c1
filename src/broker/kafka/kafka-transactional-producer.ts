import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName } from '../../core/topic-partition.ts';
import type { GroupMemberIdentity } from '../group-port.ts';
import type { PartitionOffset, ProducedBatch, TransactionalProducer } from '../port.ts';
import { expectPartition } from './kafka-cluster.ts';
import type { KafkaLane } from './kafka-lane.ts';
import type { KafkaServices } from './kafka-services.ts';
import { KafkaTransaction } from './kafka-transaction.ts';
import { RecordSender } from './record-sender.ts';

/** Bytes on their way beyond which `send` waits. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** How long `close` waits for the transaction to be aborted. */
const CLOSE_TIMEOUT_MS = 5000;

/**
 * A transactional producer on Kafka. Records go out while the transaction is filled, so that a commit has little left to
 * wait for. A transaction that is open for longer than its time-out is aborted by the broker; the next call then throws
 * PRODUCER_FENCED, as if another had taken over.
 */
export class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #services: KafkaServices;
  readonly #lane: KafkaLane;
  readonly #transaction: KafkaTransaction;
  readonly #sender: RecordSender;
  #ends = new Map<string, number>();
  #isOpen = false;
  /** Why the transaction cannot be committed any more. */
  #failure: MillraceError | undefined;
  #closed = false;

  private constructor(services: KafkaServices, lane: KafkaLane, transaction: KafkaTransaction) {
    const { cluster, compression, batchBytes, deliveryTimeoutMs } = services;
    this.#services = services;
    services.openParts.add(this);
    this.#lane = lane;
    this.#transaction = transaction;
    this.#sender = new RecordSender(
      {
        cluster,
        lane,
        compression,
        batchBytes,
        deliveryTimeoutMs,
        transactionalId: transaction.transactionalId,
        transaction2: transaction.isVersion2,
        enlist: (partitions) => transaction.addPartitions(partitions),
      },
      transaction.identity,
    );
  }

  /** Throws BROKER_UNAVAILABLE, BROKER_AUTHORIZATION. */
  static async open(services: KafkaServices, transactionalId: string): Promise<KafkaTransactionalProducer> {
    const lane = services.cluster.openLane();
    try {
      const transaction = await KafkaTransaction.open(services, lane, transactionalId);
      return new KafkaTransactionalProducer(services, lane, transaction);
    } catch (error) {
      await services.cluster.closeLane(lane);
      throw error;
    }
  }

  async send(batches: readonly ProducedBatch[]): Promise<void> {
    this.#expectUsable();
    for (const { topic, partition } of batches) {
      const known = this.#services.cluster.cachedTopic(topic) ?? (await this.#services.cluster.topic(topic));
      expectPartition(known, partition);
    }
    for (const batch of batches) {
      if (batch.records.length === 0) continue;
      this.#isOpen = true;
      const name = partitionName(batch.topic, batch.partition);
      this.#sender.append(batch).then(
        (end) => this.#ends.set(name, end),
        (error: unknown) => this.#fail(error),
      );
    }
    while (this.#sender.waitingBytes > MAX_WAITING_BYTES) await this.#sender.progress();
    this.#expectUsable();
  }

  async sendOffsets(
    group: string,
    offsets: readonly PartitionOffset[],
    member?: GroupMemberIdentity | null,
  ): Promise<void> {
    this.#expectUsable();
    if (offsets.length === 0) return;
    this.#isOpen = true;
    try {
      await this.#transaction.commitOffsets(group, offsets, member);
    } catch (error) {
      // The transaction is as it was: the member may be in the next generation by now and send them again.
      if (error instanceof MillraceError && error.code === 'GROUP_MEMBER_FENCED') throw error;
      this.#fail(error);
      this.#expectUsable();
    }
  }

  /**
   * See `TransactionalProducer.commit`. Kafka makes it visible within milliseconds after that. Throws BROKER_UNAVAILABLE
   * when the coordinator did not answer in time: only whoever opens a producer with this id next knows what became of it.
   */
  async commit(): Promise<ReadonlyMap<string, number>> {
    this.#expectUsable();
    if (!this.#isOpen) return new Map();
    await this.#sender.settled();
    this.#expectUsable();
    await this.#attempt(() => this.#transaction.end(true));
    return this.#begin();
  }

  async abort(): Promise<void> {
    this.#expectNotClosed();
    if (!this.#isOpen) return;
    await this.#abort();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#services.openParts.delete(this);
    if (this.#isOpen && this.#failure?.code !== 'PRODUCER_FENCED') {
      // Without an answer the broker aborts it by time-out, or whoever takes the id over does.
      const late = this.#lane.pause(CLOSE_TIMEOUT_MS).catch(() => undefined);
      await Promise.race([this.#abort().catch(() => undefined), late]);
    }
    await this.#services.cluster.closeLane(this.#lane);
  }

  async #abort(): Promise<void> {
    const { transactionalId } = this.#transaction;
    const aborted = new MillraceError('TRANSACTION_STATE', `Expected a transaction of "${transactionalId}", got none`);
    this.#sender.drop(aborted);
    await this.#sender.settled();
    if (this.#failure?.code === 'PRODUCER_FENCED') throw this.#failure;
    await this.#transaction.end(false);
    this.#begin();
  }

  #begin(): ReadonlyMap<string, number> {
    const ends = this.#ends;
    this.#ends = new Map();
    this.#isOpen = false;
    this.#failure = undefined;
    const { identity } = this.#transaction;
    if (identity !== this.#sender.identity) this.#sender.identify(identity);
    return ends;
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#fail(error);
      this.#expectUsable();
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error as MillraceError;
  }

  #expectUsable(): void {
    this.#expectNotClosed();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #expectNotClosed(): void {
    this.#services.cluster.expectOpen();
    if (!this.#closed) return;
    const id = this.#transaction.transactionalId;
    throw new MillraceError('TRANSACTION_STATE', `Expected an open producer, got "${id}" that has been closed`);
  }
}
