import { MillraceError } from '../../core/millrace-error.ts';
import type { BrokerProducer, ProducedBatch } from '../port.ts';
import { expectPartition } from './kafka-cluster.ts';
import type { KafkaLane } from './kafka-lane.ts';
import { initProducerId } from './kafka-requests.ts';
import type { KafkaServices } from './kafka-services.ts';
import { brokerRefused, protocolErrorName } from './protocol-error.ts';
import type { ProducerIdentity } from './producer-identity.ts';
import { RecordSender } from './record-sender.ts';

const WORTH_A_RETRY: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  'NOT_COORDINATOR',
]);

/**
 * An idempotent producer: what is acknowledged is in the log of all in-sync replicas once, also when answers were lost.
 */
export class KafkaProducer implements BrokerProducer {
  readonly #services: KafkaServices;
  readonly #lane: KafkaLane;
  readonly #sender: RecordSender;
  /** Set after a failure that leaves open what the log holds: sequence numbers cannot go on. */
  #mustRestart = false;
  #restarting: Promise<void> | undefined;
  #closed = false;

  private constructor(services: KafkaServices, lane: KafkaLane, identity: ProducerIdentity) {
    const { cluster, compression, batchBytes, deliveryTimeoutMs } = services;
    this.#services = services;
    services.openParts.add(this);
    this.#lane = lane;
    this.#sender = new RecordSender(
      { cluster, lane, compression, batchBytes, deliveryTimeoutMs, transactionalId: null, transaction2: false },
      identity,
    );
  }

  /** Throws BROKER_UNAVAILABLE, BROKER_AUTHORIZATION. */
  static async open(services: KafkaServices): Promise<KafkaProducer> {
    const lane = services.cluster.openLane();
    try {
      return new KafkaProducer(services, lane, await newIdentity(services, lane));
    } catch (error) {
      await services.cluster.closeLane(lane);
      throw error;
    }
  }

  /**
   * See `BrokerProducer.send`. A batch larger than the topic takes is appended as several, one after another. Throws
   * BROKER_UNAVAILABLE when it was tried for too long; then the records may have been appended or not.
   */
  async send(batches: readonly ProducedBatch[]): Promise<readonly number[]> {
    this.#expectOpen();
    if (this.#mustRestart) await this.#restart();
    for (const { topic, partition } of batches) {
      const known = this.#services.cluster.cachedTopic(topic) ?? (await this.#services.cluster.topic(topic));
      expectPartition(known, partition);
    }
    const appended = batches.map((batch) => this.#sender.append(batch));
    try {
      return await Promise.all(appended);
    } catch (error) {
      await Promise.allSettled(appended);
      const { code } = error as MillraceError;
      if (code === 'BROKER_UNAVAILABLE' || code === 'PRODUCER_FENCED') this.#mustRestart = true;
      this.#expectOpen();
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#services.openParts.delete(this);
    this.#sender.drop(new MillraceError('BROKER_CLOSED', 'Expected an open producer, got one that is being closed'));
    await this.#services.cluster.closeLane(this.#lane);
  }

  /** Sends that come meanwhile wait for the same restart. */
  #restart(): Promise<void> {
    this.#restarting ??= (async () => {
      await this.#sender.settled();
      this.#sender.identify(await newIdentity(this.#services, this.#lane));
      this.#mustRestart = false;
    })().finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  #expectOpen(): void {
    this.#services.cluster.expectOpen();
    if (this.#closed)
      throw new MillraceError('BROKER_CLOSED', 'Expected an open producer, got one that has been closed');
  }
}

async function newIdentity({ cluster }: KafkaServices, lane: KafkaLane): Promise<ProducerIdentity> {
  const deadlineMs = performance.now() + cluster.options.retryTimeoutMs;
  for (;;) {
    const answer = await cluster.sendToAny(lane, { request: initProducerId, args: [null, 0, -1n, -1] });
    if (answer.errorCode === 0) {
      return { producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch };
    }
    const isWaiting = WORTH_A_RETRY.has(protocolErrorName(answer.errorCode)) && performance.now() < deadlineMs;
    if (!isWaiting) throw brokerRefused(answer.errorCode, 'an id for a producer');
    await lane.pause(50);
  }
}
