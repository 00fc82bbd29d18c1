import { MillraceError } from '../../core/millrace-error.ts';
import type { ProducedBatch } from '../port.ts';
import type { Compression } from './compression.ts';
import { isUnavailable, type KafkaCluster } from './kafka-cluster.ts';
import type { KafkaLane } from './kafka-lane.ts';
import { PartitionQueue, type SealedBatch } from './partition-queue.ts';
import type { ProducerIdentity } from './producer-identity.ts';
import { produce, produceInTransaction2 } from './produce-request.ts';
import { brokerRefused, LEADER_MOVED, protocolErrorName } from './protocol-error.ts';

/** What a sender is made with. */
export interface RecordSenderOptions {
  readonly cluster: KafkaCluster;
  readonly lane: KafkaLane;
  readonly compression: Compression;
  /** How large a record batch may be before compression, in bytes. */
  readonly batchBytes: number;
  /** How long a batch is tried again until it counts as failed. */
  readonly deliveryTimeoutMs: number;
  readonly transactionalId: string | null;
  /** Whether leaders add partitions to the transaction by themselves (transactions of version 2). */
  readonly transaction2: boolean;
  /** Called before partitions are sent to; adds them to the transaction where that is for us to do. */
  readonly enlist?: (queues: readonly PartitionQueue[]) => Promise<void>;
}

/** How many bytes one request may carry, about. A broker takes 100 MB at most by default. */
const REQUEST_BYTES = 8 * 1024 * 1024;
const FIRST_BACKOFF_MS = 10;
const LAST_BACKOFF_MS = 320;

/**
 * Brings records to the leaders of their partitions: everything in order, nothing lost, nothing doubled.
 *
 * A broker has one request at a time, and so each partition at most one batch on its way: meanwhile what comes collects in
 * the next batch. A batch keeps its sequence number through all retries, so that the broker knows it again when only the
 * answer was lost; the number counts on only when it is acknowledged.
 */
export class RecordSender {
  readonly #options: RecordSenderOptions;
  readonly #queues = new Map<string, PartitionQueue>();
  /** Partitions that have something to send and nothing on its way. */
  readonly #ready = new Set<PartitionQueue>();
  readonly #busyLeaders = new Set<number>();
  #identity: ProducerIdentity;
  #waiting = 0;
  #inFlight = 0;
  #isScheduled = false;
  #dropped: MillraceError | undefined;
  #idle: (() => void)[] = [];
  #progressed: (() => void)[] = [];

  constructor(options: RecordSenderOptions, identity: ProducerIdentity) {
    this.#options = options;
    this.#identity = identity;
  }

  /** Bytes that are not acknowledged yet. */
  get waitingBytes(): number {
    return this.#waiting;
  }

  get identity(): ProducerIdentity {
    return this.#identity;
  }

  /** Goes on as another producer, or in another epoch: sequence numbers begin anew. Nothing may be on its way. */
  identify(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#dropped = undefined;
    for (const queue of this.#queues.values()) queue.restart();
  }

  /**
   * Takes the records of a batch; they are copied at once. Resolves with the offset after the last one when they are
   * acknowledged. The topic must be known to the cluster. Throws RECORD_TOO_LARGE, RECORD_INVALID, TOPIC_NOT_FOUND,
   * PRODUCER_FENCED, BROKER_UNAVAILABLE when it was tried for too long, and what `brokerRefused` makes of other answers.
   * When a batch fails, what waits behind it in the partition fails with it, so that nothing gets ahead.
   */
  append(batch: ProducedBatch): Promise<number> {
    const queue = this.#queueOf(batch);
    const acknowledged = this.#change(queue, () => queue.append(batch.records));
    if (!queue.isInFlight) {
      this.#ready.add(queue);
      this.#schedule();
    }
    return acknowledged;
  }

  /** Resolves when the next request has come to its end. */
  async progress(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#progressed.push(resolve);
    });
  }

  /** Resolves when nothing is on its way any more, whether it succeeded or not. */
  async settled(): Promise<void> {
    if (this.#waiting === 0 && this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
    });
  }

  /** Drops what waits; what is on its way comes to its end, without another try. `identify` ends that. */
  drop(error: MillraceError): void {
    this.#dropped = error;
    for (const queue of this.#queues.values()) this.#fail(queue, error, { keepInFlight: true });
    this.#wakeIfIdle();
  }

  #queueOf({ topic, partition }: ProducedBatch): PartitionQueue {
    const name = `${topic}-${partition}`;
    const topicId = this.#options.cluster.cachedTopic(topic)?.id ?? '';
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      const { batchBytes, compression } = this.#options;
      queue = new PartitionQueue({ topic, partition, name, batchBytes, compression });
      this.#queues.set(name, queue);
    }
    // A topic that was deleted and created again knows nothing of earlier sequence numbers.
    if (queue.topicId !== topicId && !queue.isInFlight) {
      queue.topicId = topicId;
      queue.restart();
    }
    return queue;
  }

  /** Once for all that is appended in the same turn. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const byLeader = new Map<number, PartitionQueue[]>();
    for (const queue of this.#ready) {
      const leader = this.#options.cluster.leaderOf(queue.topic, queue.partition);
      if (this.#busyLeaders.has(leader)) continue;
      const queues = byLeader.get(leader);
      if (queues === undefined) byLeader.set(leader, [queue]);
      else queues.push(queue);
    }
    for (const [leader, queues] of byLeader) void this.#send(leader, queues);
  }

  async #send(leader: number, queues: readonly PartitionQueue[]): Promise<void> {
    const sealed: SealedBatch[] = [];
    let bytes = 0;
    for (const queue of queues) {
      if (bytes > REQUEST_BYTES) break;
      const batch = queue.seal(this.#identity, this.#options.transactionalId !== null);
      bytes += batch.bytes.length;
      sealed.push(batch);
      this.#ready.delete(queue);
    }
    this.#busyLeaders.add(leader);
    this.#inFlight += 1;
    const retried = await this.#request(leader, sealed);
    this.#busyLeaders.delete(leader);
    for (const { queue } of sealed) if (!retried.has(queue)) this.#release(queue);
    this.#schedule();
    if (this.#dropped !== undefined) this.#giveUp(retried, this.#dropped);
    else if (retried.size > 0) await this.#retry(retried);
    this.#inFlight -= 1;
    wakeAll(this.#progressed.splice(0));
    this.#wakeIfIdle();
  }

  /** Returns the partitions that are to be tried again. Never throws. */
  async #request(leader: number, sealed: readonly SealedBatch[]): Promise<Map<PartitionQueue, MillraceError>> {
    const { cluster, lane, transactionalId, transaction2, enlist } = this.#options;
    const retried = new Map<PartitionQueue, MillraceError>();
    try {
      await enlist?.(sealed.map(({ queue }) => queue));
      const request = transaction2 ? produceInTransaction2 : produce;
      const timeoutMs = cluster.options.requestTimeoutMs;
      const response = await cluster.send(lane, leader, { request, args: [transactionalId, timeoutMs, sealed] });
      const answers = new Map(
        response.responses.flatMap(({ name, partitionResponses }) =>
          partitionResponses.map((answer) => [`${name}-${answer.index}`, answer]),
        ),
      );
      for (const batch of sealed) {
        const { errorCode = -1, baseOffset = 0n, errorMessage = null } = answers.get(batch.queue.name) ?? {};
        const problem = this.#settle(batch, errorCode, { baseOffset: Number(baseOffset), errorMessage });
        if (problem !== undefined) retried.set(batch.queue, problem);
      }
    } catch (error) {
      const failure = error as MillraceError;
      for (const { queue } of sealed) {
        if (isUnavailable(failure)) retried.set(queue, failure);
        else this.#fail(queue, failure);
      }
    }
    return retried;
  }

  /** Returns the error where the batch is to be tried again. */
  #settle(
    { queue }: SealedBatch,
    errorCode: number,
    answer: { baseOffset: number; errorMessage?: string | null | undefined },
  ): MillraceError | undefined {
    const name = protocolErrorName(errorCode);
    if (errorCode === 0 || name === 'DUPLICATE_SEQUENCE_NUMBER') {
      this.#change(queue, () => queue.acknowledge(answer.baseOffset));
      return undefined;
    }
    const { topic, partition } = queue;
    const what = `records to be appended to ${queue.name}`;
    const error = brokerRefused(errorCode, what, {
      context: { topic, partition },
      detail: answer.errorMessage ?? null,
    });
    if (LEADER_MOVED.has(name) || name === 'CONCURRENT_TRANSACTIONS') return error;
    if (error.code === 'RECORD_TOO_LARGE' && this.#change(queue, () => queue.split())) return undefined;
    this.#fail(queue, error);
    return undefined;
  }

  /** Looks for the leaders anew and lets the partitions go on; those that were tried for too long fail. */
  async #retry(retried: ReadonlyMap<PartitionQueue, MillraceError>): Promise<void> {
    const { cluster, lane, deliveryTimeoutMs } = this.#options;
    let tries = 0;
    for (const queue of retried.keys()) tries = Math.max(tries, queue.tries);
    try {
      await lane.pause(Math.min(FIRST_BACKOFF_MS * 2 ** (tries - 1), LAST_BACKOFF_MS));
      await cluster.refresh();
    } catch (error) {
      if (!isUnavailable(error)) return this.#giveUp(retried, error as MillraceError);
    }
    if (this.#dropped !== undefined) return this.#giveUp(retried, this.#dropped);
    for (const [queue, error] of retried) {
      const isGone = error.code === 'TOPIC_NOT_FOUND' && cluster.cachedTopic(queue.topic) === undefined;
      const isLate = performance.now() - queue.firstTriedMs > deliveryTimeoutMs;
      if (isGone && (await isMissing(cluster, queue.topic))) this.#fail(queue, error);
      else if (isLate) this.#fail(queue, givenUp(queue, error));
      this.#release(queue);
    }
    this.#schedule();
  }

  #giveUp(retried: ReadonlyMap<PartitionQueue, unknown>, error: MillraceError): void {
    for (const queue of retried.keys()) {
      this.#fail(queue, error);
      this.#release(queue);
    }
  }

  #release(queue: PartitionQueue): void {
    queue.isInFlight = false;
    if (queue.waitingBytes > 0) this.#ready.add(queue);
  }

  #fail(queue: PartitionQueue, error: MillraceError, options: { keepInFlight?: boolean } = {}): void {
    this.#change(queue, () => queue.fail(error, options));
    if (queue.waitingBytes === 0) this.#ready.delete(queue);
  }

  /** Keeps count of what waits in all partitions. */
  #change<T>(queue: PartitionQueue, action: () => T): T {
    const before = queue.waitingBytes;
    const result = action();
    this.#waiting += queue.waitingBytes - before;
    return result;
  }

  #wakeIfIdle(): void {
    if (this.#waiting > 0 || this.#inFlight > 0) return;
    wakeAll(this.#idle.splice(0));
  }
}

function wakeAll(waiting: readonly (() => void)[]): void {
  for (const wake of waiting) wake();
}

async function isMissing(cluster: KafkaCluster, topic: string): Promise<boolean> {
  return cluster.topic(topic).then(
    () => false,
    (error: unknown) => error instanceof MillraceError && error.code === 'TOPIC_NOT_FOUND',
  );
}

/** Whether the batch was appended nobody knows then; so its producer must not go on. */
function givenUp({ name, topic, partition }: PartitionQueue, cause: MillraceError): MillraceError {
  return new MillraceError(
    'BROKER_UNAVAILABLE',
    `Expected the leader of ${name} to acknowledge records in time, got: ${cause.message}`,
    { cause, context: { topic, partition } },
  );
}
