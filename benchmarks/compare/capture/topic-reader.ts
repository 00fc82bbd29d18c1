import { setTimeout as delay } from 'node:timers/promises';
import type { Broker, ConsumedRecord } from '../../../src/broker/port.ts';
import type { MeasuredProcess } from '../measured-process.ts';

const LOOK_MS = 20;
const STALLED_MS = 120_000;

/** Reads a topic from its beginning, goes on with each call, and counts its records. */
export class TopicReader {
  /** So far. */
  records = 0;
  readonly #broker: Broker;
  readonly #topic: string;
  #consumer: Awaited<ReturnType<Broker['openConsumer']>> | undefined;

  constructor(broker: Broker, topic: string) {
    this.#broker = broker;
    this.#topic = topic;
  }

  /** Resolves when it has read so many in all. Throws when the process that writes them ends, or gets no further. */
  async untilRead(count: number, writing: MeasuredProcess, see?: (record: ConsumedRecord) => void): Promise<void> {
    const consumer = await this.#open(writing);
    let lastMs = performance.now();
    while (this.records < count) {
      const { batches } = await consumer.poll({ maxWaitMs: 1000, maxBytes: 4 << 20 });
      writing.mustRun();
      for (const { records } of batches) {
        this.records += records.length;
        lastMs = performance.now();
        if (see !== undefined) for (const record of records) see(record);
      }
      if (performance.now() - lastMs > STALLED_MS)
        throw new Error(`Expected ${count} records in ${this.#topic}, got ${this.records} and no more for two minutes`);
    }
  }

  async close(): Promise<void> {
    await this.#consumer?.close();
  }

  async #open(writing: MeasuredProcess) {
    if (this.#consumer !== undefined) return this.#consumer;
    for (;;) {
      const partitions = (await this.#broker.admin.describeTopics([this.#topic])).get(this.#topic)?.partitions ?? 0;
      if (partitions > 0) {
        this.#consumer = await this.#broker.openConsumer();
        const all = Array.from({ length: partitions }, (_, partition) => ({
          topic: this.#topic,
          partition,
          offset: 0,
        }));
        this.#consumer.assign(all);
        return this.#consumer;
      }
      writing.mustRun();
      await delay(LOOK_MS);
    }
  }
}
