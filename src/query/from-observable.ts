import type { Observable, Subscription } from 'rxjs';
import type { Broker, BrokerProducer, ProducedBatch, ProducedRecord } from '../broker/port.ts';
import { type Headers, NO_HEADERS } from '../core/headers.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { partitionForKey } from '../core/murmur2.ts';
import { json } from '../serde/json-serde.ts';
import type { Serde } from '../serde/serde.ts';

/** Where the values of an observable go, and as what. */
export interface FromObservableOptions<K, V> {
  readonly broker: Broker;
  /** A topic that exists. */
  readonly topic: string;
  /** The key of a value; null goes to the partitions in turn. */
  readonly key: (value: V) => K | null;
  /** Milliseconds since the epoch. Default now. */
  readonly timestamp?: (value: V) => number;
  readonly headers?: (value: V) => Headers;
  /** Default JSON. */
  readonly keySerde?: Serde<K>;
  /** Default JSON. */
  readonly valueSerde?: Serde<V>;
  /**
   * How many values may wait while earlier ones are written. An observable cannot be made to wait: when more come, it is
   * unsubscribed and the feed fails with OBSERVABLE_OVERRUN. Default 100 000.
   */
  readonly maxWaiting?: number;
}

/** An observable on its way into a topic. */
export interface ObservableFeed {
  /** Resolves when the observable has completed, or after `stop`, and all is written; rejects with the first error. */
  readonly finished: Promise<void>;
  /** Unsubscribes, and resolves as `finished` does. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Writes the values of an observable to a topic, in their order for each key, null as a tombstone. While one batch is
 * written, what comes is the next one.
 *
 * `finished` tells that everything was acknowledged. A feed that fails has written what was acknowledged before and maybe
 * more: whoever feeds it again from a place that is surely written has each value at least once. After an error of the
 * observable itself, what came before it is written.
 *
 * @example
 * const feed = fromObservable(clicks$, { broker: host.broker, topic: 'clicks', key: (click) => click.user });
 * await feed.finished;
 */
export function fromObservable<K, V>(observable: Observable<V>, options: FromObservableOptions<K, V>): ObservableFeed {
  const writer = new FeedWriter(options);
  let subscription: Subscription | null = null;
  const finished = writer.run().finally(() => subscription?.unsubscribe());
  // Whoever does not look at `finished` must not be killed by it.
  finished.catch(() => undefined);
  subscription = observable.subscribe({
    next: (value) => writer.add(value),
    error: (error: unknown) => writer.end(error),
    complete: () => writer.end(null),
  });
  if (writer.ended) subscription.unsubscribe();
  return {
    finished,
    stop: () => {
      subscription.unsubscribe();
      writer.end(null);
      return finished;
    },
  };
}

/** Collects values and writes them in batches, one at a time. */
class FeedWriter<K, V> {
  /** Whether nothing more is taken. */
  ended = false;
  readonly #options: FromObservableOptions<K, V>;
  readonly #keySerde: Serde<K>;
  readonly #valueSerde: Serde<V>;
  #waiting: ProducedRecord[] = [];
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;
  #nextPartition = 0;

  constructor(options: FromObservableOptions<K, V>) {
    this.#options = options;
    this.#keySerde = options.keySerde ?? json<any>();
    this.#valueSerde = options.valueSerde ?? json<any>();
  }

  /** Takes a value. */
  add(value: V): void {
    if (this.ended) return;
    const { topic, maxWaiting = 100_000 } = this.#options;
    if (this.#waiting.length >= maxWaiting) {
      this.end(
        new MillraceError(
          'OBSERVABLE_OVERRUN',
          `Expected at most \`maxWaiting\` (${maxWaiting}) values to wait for topic "${topic}", got one more`,
        ),
      );
      return;
    }
    try {
      this.#waiting.push(this.#encode(value));
    } catch (error) {
      this.end(error);
      return;
    }
    this.#wake();
  }

  /** Takes nothing more; null is a good end. */
  end(error: unknown): void {
    if (this.ended) return;
    this.ended = true;
    if (error !== null) this.#failure = { error };
    this.#wake();
  }

  /** Writes until the end, then throws what it ended with. */
  async run(): Promise<void> {
    const { broker, topic } = this.#options;
    try {
      const partitions = await partitionsOf(broker, topic);
      const producer = await broker.openProducer();
      try {
        await this.#write(producer, partitions);
      } finally {
        await producer.close();
      }
    } finally {
      this.ended = true;
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #write(producer: BrokerProducer, partitions: number): Promise<void> {
    for (;;) {
      const batch = this.#waiting;
      this.#waiting = [];
      if (batch.length > 0) await producer.send(this.#batches(batch, partitions));
      else if (this.ended) return;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    }
  }

  #batches(waiting: readonly ProducedRecord[], partitions: number): ProducedBatch[] {
    const byPartition = Map.groupBy(waiting, ({ key }) =>
      key === null ? this.#nextPartition++ % partitions : partitionForKey(key, partitions),
    );
    const { topic } = this.#options;
    return [...byPartition].map(([partition, records]) => ({ topic, partition, records }));
  }

  #encode(value: V): ProducedRecord {
    const { key, timestamp, headers } = this.#options;
    const keyValue = key(value);
    return {
      key: keyValue === null ? null : this.#keySerde.serialize(keyValue),
      value: value === null ? null : this.#valueSerde.serialize(value),
      timestamp: timestamp?.(value) ?? Date.now(),
      headers: headers?.(value) ?? NO_HEADERS,
    };
  }
}

async function partitionsOf(broker: Broker, topic: string): Promise<number> {
  const description = (await broker.admin.describeTopics([topic])).get(topic);
  if (description !== undefined) return description.partitions;
  throw new MillraceError('TOPIC_NOT_FOUND', `Expected topic "${topic}" to exist, got no topic of that name`);
}
