import { Observable, type Subscriber } from 'rxjs';
import type { Broker, ConsumedBatch, ConsumedRecord, PartitionOffset } from '../broker/port.ts';
import type { Headers } from '../core/headers.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { TopicPartition } from '../core/topic-partition.ts';
import { json } from '../serde/json-serde.ts';
import type { Serde } from '../serde/serde.ts';

/** A committed record of a topic. */
export interface TopicRecord<K, V> extends TopicPartition {
  readonly offset: number;
  readonly key: K | null;
  /** Null is a tombstone. */
  readonly value: V | null;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly headers: Headers;
}

/** How a topic is observed. */
export interface ToObservableOptions<K, V> {
  /** Default JSON. */
  readonly keySerde?: Serde<K>;
  /** Default JSON. */
  readonly valueSerde?: Serde<V>;
  /** Where each subscription begins. Default `latest`: with what is written from then on. */
  readonly from?: 'earliest' | 'latest';
}

const MAX_WAIT_MS = 500;
const MAX_BYTES = 1_000_000;

/**
 * The committed records of a topic, partition by partition in their order. It never completes.
 *
 * Each subscription reads with a consumer of its own, which unsubscribing closes; no offsets are committed. The next batch is
 * fetched when the last is handed over, so what subscribers do at once slows reading down; what they do later is theirs to
 * bound. Errors with TOPIC_NOT_FOUND, with what a serde throws, and with the broker's errors.
 *
 * @example
 * const paid = toObservable<number, Order>(host.broker, 'shop.orders').pipe(filter(({ value }) => value?.status === 'paid'));
 * const subscription = paid.subscribe(({ key }) => notify(key));
 */
export function toObservable<K, V>(
  broker: Broker,
  topic: string,
  options: ToObservableOptions<K, V> = {},
): Observable<TopicRecord<K, V>> {
  const serdes: Serdes<K, V> = {
    key: options.keySerde ?? json<any>(),
    value: options.valueSerde ?? json<any>(),
  };
  return new Observable((subscriber) => {
    follow(broker, { topic, from: options.from ?? 'latest', serdes }, subscriber).catch((error: unknown) =>
      subscriber.error(error),
    );
  });
}

interface Serdes<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

async function follow<K, V>(
  broker: Broker,
  { topic, from, serdes }: { topic: string; from: 'earliest' | 'latest'; serdes: Serdes<K, V> },
  subscriber: Subscriber<TopicRecord<K, V>>,
): Promise<void> {
  const positions = await positionsOf(broker, topic, from);
  if (subscriber.closed) return;
  const consumer = await broker.openConsumer();
  try {
    consumer.assign(positions);
    subscriber.add(() => consumer.wakeup());
    while (!subscriber.closed) {
      const { batches } = await consumer.poll({ maxWaitMs: MAX_WAIT_MS, maxBytes: MAX_BYTES });
      for (const batch of batches) deliver(batch, serdes, subscriber);
    }
  } finally {
    await consumer.close();
  }
}

async function positionsOf(
  broker: Broker,
  topic: string,
  from: 'earliest' | 'latest',
): Promise<readonly PartitionOffset[]> {
  const description = (await broker.admin.describeTopics([topic])).get(topic);
  if (description === undefined) {
    throw new MillraceError('TOPIC_NOT_FOUND', `Expected topic "${topic}" to exist, got no topic of that name`);
  }
  const partitions = Array.from({ length: description.partitions }, (_, partition) => ({ topic, partition }));
  return broker.admin.listOffsets(partitions, from);
}

function deliver<K, V>(
  { topic, partition, records }: ConsumedBatch,
  serdes: Serdes<K, V>,
  subscriber: Subscriber<TopicRecord<K, V>>,
): void {
  for (const record of records) {
    // It may be unsubscribed in the middle of a batch.
    if (subscriber.closed) return;
    subscriber.next(topicRecord({ topic, partition }, record, serdes));
  }
}

function topicRecord<K, V>(
  { topic, partition }: TopicPartition,
  { offset, key, value, timestamp, headers }: ConsumedRecord,
  serdes: Serdes<K, V>,
): TopicRecord<K, V> {
  return {
    topic,
    partition,
    offset,
    key: key === null ? null : serdes.key.deserialize(key),
    value: value === null ? null : serdes.value.deserialize(value),
    timestamp,
    headers,
  };
}
