import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import { PollLoop } from '../poll-loop.ts';
import type { BrokerConsumer, ConsumedBatch, PartitionOffset, PollResult } from '../port.ts';
import { AssignedPartition } from './assigned-partition.ts';
import { expectPartition } from './kafka-cluster.ts';
import type { KafkaServices } from './kafka-services.ts';
import { RecordFetcher } from './record-fetcher.ts';

/** Reads committed records. What it hands out has been fetched ahead, while the records before were processed. */
export class KafkaConsumer implements BrokerConsumer {
  readonly #services: KafkaServices;
  readonly #fetcher: RecordFetcher;
  #assigned: ReadonlyMap<string, AssignedPartition> = new Map();
  readonly #loop = new PollLoop();
  #closed = false;

  constructor(services: KafkaServices) {
    this.#services = services;
    services.openParts.add(this);
    this.#fetcher = new RecordFetcher(services, this.#loop.lookAgain);
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
    this.#loop.lookAgain();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of this.#partitionsOf(partitions)) partition.paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of this.#partitionsOf(partitions)) partition.paused = false;
    this.#fetcher.fetch();
    this.#loop.lookAgain();
  }

  /**
   * See `BrokerConsumer.poll`. The ends are known from the first answer of the broker on. A batch may have no records,
   * but a `nextOffset` beyond transaction markers, aborted records and what compaction took. Throws TOPIC_NOT_FOUND,
   * PARTITION_NOT_FOUND, RECORD_INVALID, BROKER_AUTHORIZATION, BROKER_UNAVAILABLE too.
   */
  async poll(options: { maxWaitMs: number; maxBytes: number }): Promise<PollResult> {
    this.#expectOpen();
    this.#fetcher.fetch();
    const batches = await this.#loop.poll(() => this.#take(options.maxBytes), options.maxWaitMs);
    this.#fetcher.fetch();
    const endOffsets = new Map<string, number>();
    for (const { name, endOffset } of this.#assigned.values()) {
      if (endOffset !== undefined) endOffsets.set(name, endOffset);
    }
    return { batches, endOffsets };
  }

  wakeup(): void {
    this.#loop.wakeup();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#services.openParts.delete(this);
    this.#assigned = new Map();
    this.#loop.lookAgain();
    await this.#fetcher.close();
  }

  #take(maxBytes: number): ConsumedBatch[] {
    this.#expectOpen();
    const ready = [...this.#assigned.values()].filter(({ isReady }) => isReady);
    return this.#loop.takeInTurn(ready, maxBytes, (partition, share) => partition.take(share));
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
