import type { Broker, BrokerConsumer, ConsumedRecord } from '../../src/broker/port.ts';
import { partitionName, type TopicPartition } from '../../src/core/topic-partition.ts';

/** A record of a derived topic, as the demo shows it. */
export interface DerivedRecord {
  readonly topic: string;
  /** What its JSON says, or its text where it is no JSON. */
  readonly key: unknown;
  /** Likewise; null is a tombstone. */
  readonly value: unknown;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** False for what was in the topic before the demo was started. */
  readonly isNew: boolean;
}

/** What to watch. */
export interface TopicWatcherOptions {
  /** Each is read from its end; records before count as shown. They must exist. */
  readonly topics: readonly string[];
  /** Those among them that are read from their start, because a view is filled from them. */
  readonly fromStart: readonly string[];
  readonly onRecord: (record: DerivedRecord) => void;
}

/** Follows topics of a broker and hands over each committed record. */
export class TopicWatcher {
  /** How many records each topic had when the watch began, by name. */
  readonly initialCounts: ReadonlyMap<string, number>;
  readonly #consumer: BrokerConsumer;
  readonly #ends: ReadonlyMap<string, number>;
  readonly #onRecord: (record: DerivedRecord) => void;
  readonly #finished: Promise<void>;
  #closing = false;

  private constructor(
    consumer: BrokerConsumer,
    ends: readonly (TopicPartition & { offset: number })[],
    options: TopicWatcherOptions,
  ) {
    this.#consumer = consumer;
    this.#ends = new Map(ends.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]));
    this.#onRecord = options.onRecord;
    const counts = new Map<string, number>();
    for (const { topic, offset } of ends) counts.set(topic, (counts.get(topic) ?? 0) + offset);
    this.initialCounts = counts;
    this.#finished = this.#follow();
  }

  /** Begins to watch. Throws TOPIC_NOT_FOUND. */
  static async open(broker: Broker, options: TopicWatcherOptions): Promise<TopicWatcher> {
    const descriptions = await broker.admin.describeTopics(options.topics);
    const partitions = [...descriptions.values()].flatMap(({ name, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
    );
    const ends = await broker.admin.listOffsets(partitions, 'latest');
    const replayed = partitions.filter(({ topic }) => options.fromStart.includes(topic));
    const starts = await broker.admin.listOffsets(replayed, 'earliest');
    const consumer = await broker.openConsumer();
    consumer.assign([...starts, ...ends.filter(({ topic }) => !options.fromStart.includes(topic))]);
    return new TopicWatcher(consumer, ends, options);
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#consumer.wakeup();
    await this.#finished;
    await this.#consumer.close();
  }

  async #follow(): Promise<void> {
    while (!this.#closing) {
      const { batches } = await this.#consumer.poll({ maxWaitMs: 500, maxBytes: 1 << 20 });
      for (const { topic, partition, records } of batches) {
        const end = this.#ends.get(partitionName(topic, partition)) ?? 0;
        for (const record of records) this.#onRecord(toDerivedRecord(topic, record, end));
      }
    }
  }
}

function toDerivedRecord(topic: string, record: ConsumedRecord, end: number): DerivedRecord {
  const { key, value, timestamp, offset } = record;
  return { topic, key: parse(key), value: parse(value), timestamp, isNew: offset >= end };
}

function parse(bytes: Buffer | null): unknown {
  if (bytes === null) return null;
  const text = bytes.toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
