import type { ProducedBatch, ProducedRecord, TransactionalProducer } from '../../broker/port.ts';
import type { Headers } from '../../core/headers.ts';
import { partitionForKey } from '../../core/murmur2.ts';

/** A topic and the records that wait for it, by partition. */
export interface TopicBuffer {
  readonly topic: string;
  readonly partitions: readonly ProducedRecord[][];
}

/** What a record has beside its key and value. */
export interface RecordStamp {
  readonly timestamp: number;
  readonly headers: Headers;
}

/** Rough bytes of a record beyond its key and value: headers, framing, objects. */
const RECORD_OVERHEAD_BYTES = 100;

/** Collects records by topic and partition, and hands them to the producer in one call. */
export class RecordBuffer {
  readonly #topics = new Map<string, TopicBuffer>();
  #bytes = 0;
  #records = 0;

  /** Bytes that wait, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records that wait. */
  get records(): number {
    return this.#records;
  }

  /** The buffer of a topic; made at the first call. */
  topic(name: string, partitions: number): TopicBuffer {
    let buffer = this.#topics.get(name);
    if (buffer === undefined) {
      buffer = { topic: name, partitions: Array.from({ length: partitions }, () => []) };
      this.#topics.set(name, buffer);
    }
    return buffer;
  }

  /** Adds a record; one without a key goes to the first partition, so that their order stays. */
  add(topic: TopicBuffer, row: { key: string | null; value: string | null }, stamp: RecordStamp): void {
    const key = row.key === null ? null : Buffer.from(row.key);
    const value = row.value === null ? null : Buffer.from(row.value);
    const partition = key === null ? 0 : partitionForKey(key, topic.partitions.length);
    (topic.partitions[partition] as ProducedRecord[]).push({
      key,
      value,
      timestamp: stamp.timestamp,
      headers: stamp.headers,
    });
    this.#bytes += (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
    this.#records++;
  }

  /** Sends what waits, and `last` with it, in the producer's transaction, and commits it. */
  async commit(producer: TransactionalProducer, last: ProducedBatch): Promise<void> {
    const batches = this.#take();
    batches.push(last);
    await producer.send(batches);
    await producer.commit();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#take();
  }

  #take(): ProducedBatch[] {
    const batches: ProducedBatch[] = [];
    for (const { topic, partitions } of this.#topics.values()) {
      for (let partition = 0; partition < partitions.length; partition++) {
        const records = partitions[partition] as ProducedRecord[];
        if (records.length > 0) batches.push({ topic, partition, records: records.splice(0) });
      }
    }
    this.#bytes = 0;
    this.#records = 0;
    return batches;
  }
}
