import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import type { BrokerConsumer, ConsumedBatch, PartitionOffset, PollResult } from '../port.ts';
import { AssignedPartition } from './assigned-partition.ts';
import { expectPartition } from './kafka-cluster.ts';
import type { KafkaServices } from './kafka-services.ts';
import { RecordFetcher } from './record-fetcher.ts';

// Timers of Node go off at once when they are set for longer.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Reads committed records. What it hands out has been fetched ahead, while the records before were processed. */
export class KafkaConsumer implements BrokerConsumer {
  readonly #services: KafkaServices;
  readonly #fetcher: RecordFetcher;
  #assigned: ReadonlyMap<string, AssignedPartition> = new Map();
  /** The partition that is asked first, another one each time. */
  #first = 0;
  #wake: (() => void) | undefined;
  #wakeupPending = false;
  #closed = false;

  constructor(services: KafkaServices) {
    this.#services = services;
    services.openParts.add(this);
    this.#fetcher = new RecordFetcher(services, () => this.#wake?.());
  }

  /** See `BrokerConsumer.assign`. A topic that this instance has not heard of yet is looked for by the next poll. */
  assign(positions: readonly PartitionOffset[]): void {
    this.#expectOpen();
    for (const { topic, partition } of positions) {
      const known = this.#services.cluster.cachedTopic(topic);
      if (known !== undefined) expectPartition(known, partition);
    }
    const assigned = positions.map((position) => new AssignedPartition(position));
    this.#assigned = new Map(assigned.map((partition) => [partition.name, partition]));
    this.#fetcher.assign(assigned);
    this.#wake?.();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of this.#partitionsOf(partitions)) partition.paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of this.#partitionsOf(partitions)) partition.paused = false;
    this.#fetcher.fetch();
    this.#wake?.();
  }

  /**
   * See `BrokerConsumer.poll`. The ends are known from the first answer of the broker on. A batch may have no records,
   * but a `nextOffset` beyond transaction markers, aborted records and what compaction took. Throws TOPIC_NOT_FOUND,
   * PARTITION_NOT_FOUND, RECORD_INVALID, BROKER_AUTHORIZATION, BROKER_UNAVAILABLE too.
   */
  async poll(options: { maxWaitMs: number; maxBytes: number }): Promise<PollResult> {
    this.#expectOpen();
    this.#fetcher.fetch();
    const deadlineMs = performance.now() + options.maxWaitMs;
    let batches = this.#take(options.maxBytes);
    while (batches.length === 0 && !this.#wakeupPending) {
      const restMs = deadlineMs - performance.now();
      if (restMs <= 0) break;
      await this.#wait(restMs);
      this.#expectOpen();
      batches = this.#take(options.maxBytes);
    }
    this.#wakeupPending = false;
    this.#fetcher.fetch();
    const endOffsets = new Map<string, number>();
    for (const { name, endOffset } of this.#assigned.values()) {
      if (endOffset !== undefined) endOffsets.set(name, endOffset);
    }
    return { batches, endOffsets };
  }

  wakeup(): void {
    this.#wakeupPending = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#services.openParts.delete(this);
    this.#assigned = new Map();
    this.#wake?.();
    await this.#fetcher.close();
  }

  #take(maxBytes: number): ConsumedBatch[] {
    const ready = [...this.#assigned.values()].filter(({ isReady }) => isReady);
    const batches: ConsumedBatch[] = [];
    let rest = maxBytes;
    this.#first += 1;
    for (let count = 0; count < ready.length && (rest > 0 || batches.length === 0); count++) {
      const partition = ready[(this.#first + count) % ready.length] as AssignedPartition;
      try {
        const { batch, bytes } = partition.take(Math.max(1, Math.ceil(rest / (ready.length - count))));
        rest -= bytes;
        batches.push(batch);
      } catch (error) {
        // What was read before is handed out; the error comes up again, and at the latest when this partition is the first.
        if (batches.length === 0) throw error;
        break;
      }
    }
    return batches;
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), Math.min(waitMs, MAX_TIMER_MS));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  *#partitionsOf(partitions: readonly TopicPartition[]): Iterable<AssignedPartition> {
    this.#expectOpen();
    for (const { topic, partition } of partitions) {
      const assigned = this.#assigned.get(partitionName(topic, partition));
      if (assigned !== undefined) yield assigned;
    }
  }

  #expectOpen(): void {
    this.#services.cluster.expectOpen();
    if (this.#closed)
      throw new MillraceError('BROKER_CLOSED', 'Expected an open consumer, got one that has been closed');
  }
}
