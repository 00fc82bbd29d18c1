import type { Broker, BrokerConsumer } from '../../broker/port.ts';
import { NO_HEADERS } from '../../core/headers.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import { ensureTopic } from './source-topics.ts';

/** The topic of one partition in which a running source is told what to do. */
export function signalTopicOf(prefix: string): string {
  return `${prefix}.__signals`;
}

/** Writes a signal, in the JSON of `parseSignal`, for the source with this prefix. Gives its offset. */
export async function sendSignal(broker: Broker, prefix: string, value: string): Promise<number> {
  await ensureSignalTopic(broker, prefix);
  const producer = await broker.openProducer();
  try {
    const record = { key: Buffer.from(prefix), value: Buffer.from(value), timestamp: Date.now(), headers: NO_HEADERS };
    const [end = 0] = await producer.send([{ topic: signalTopicOf(prefix), partition: 0, records: [record] }]);
    return end - 1;
  } finally {
    await producer.close();
  }
}

/** Creates the topic when it is missing. */
async function ensureSignalTopic(broker: Broker, prefix: string): Promise<void> {
  await ensureTopic(broker, { name: signalTopicOf(prefix), partitions: 1, config: { 'cleanup.policy': 'delete' } });
}

/** A signal, and the offset behind it. */
export interface ReceivedSignal {
  readonly value: Buffer;
  readonly nextOffset: number;
}

const POLL_MS = 5000;
const POLL_BYTES = 1 << 16;

/** Reads signals in the background. */
export class SignalReader {
  /** Told when some have come. */
  onSignal: () => void = () => {};
  readonly #broker: Broker;
  readonly #prefix: string;
  #consumer: BrokerConsumer | undefined;
  #received: ReceivedSignal[] = [];
  #isClosed = false;

  constructor(options: { broker: Broker; prefix: string }) {
    this.#broker = options.broker;
    this.#prefix = options.prefix;
  }

  /** Where signals come that are sent from now on. Makes the topic where it is missing. */
  async end(): Promise<number> {
    await ensureSignalTopic(this.#broker, this.#prefix);
    return this.#bound('latest');
  }

  /** Reads from this offset on until it is closed. Throws what the broker throws. */
  async run(offset: number): Promise<void> {
    const topic = signalTopicOf(this.#prefix);
    const consumer = await this.#broker.openConsumer();
    this.#consumer = consumer;
    try {
      consumer.assign([{ topic, partition: 0, offset }]);
      while (!this.#isClosed) await this.#poll(consumer, topic);
    } finally {
      await consumer.close();
    }
  }

  /** What has come since the last call. */
  take(): readonly ReceivedSignal[] {
    const received = this.#received;
    this.#received = [];
    return received;
  }

  close(): void {
    this.#isClosed = true;
    this.#consumer?.wakeup();
  }

  async #poll(consumer: BrokerConsumer, topic: string): Promise<void> {
    try {
      const { batches } = await consumer.poll({ maxWaitMs: POLL_MS, maxBytes: POLL_BYTES });
      for (const { records } of batches) {
        for (const { key, value, offset } of records) {
          const isMine = key === null || key.toString('utf8') === this.#prefix;
          if (value !== null && isMine) this.#received.push({ value, nextOffset: offset + 1 });
        }
      }
      if (this.#received.length > 0) this.onSignal();
    } catch (error) {
      if (!isMillraceErrorOf(error, 'OFFSET_OUT_OF_RANGE')) throw error;
      consumer.assign([{ topic, partition: 0, offset: await this.#bound('earliest') }]);
    }
  }

  async #bound(at: 'earliest' | 'latest'): Promise<number> {
    const [found] = await this.#broker.admin.listOffsets([{ topic: signalTopicOf(this.#prefix), partition: 0 }], at);
    return found?.offset ?? 0;
  }
}
