import type { ProducedBatch, ProducedRecord, TransactionalProducer } from '../../broker/port.ts';
import { partitionForKey } from '../../core/murmur2.ts';
import type { RecordSink, RecordStamp } from '../format/record-sink.ts';

/** Rough bytes of a record beyond its key and value: headers, framing, objects. */
const RECORD_OVERHEAD_BYTES = 100;

/** Collects records by topic and partition, and hands them to the producer in one call. */
export class RecordBuffer {
  readonly #topics = new Map<string, TopicBuffer>();
  readonly #size: BufferSize = { bytes: 0, records: 0 };

  /** Bytes that wait, about. */
  get bytes(): number {
    return this.#size.bytes;
  }

  /** Records that wait. */
  get records(): number {
    return this.#size.records;
  }

  /** Where records of a topic go; the same at each call. */
  sink(topic: string, partitions: number): RecordSink {
    let buffer = this.#topics.get(topic);
    if (buffer === undefined) {
      buffer = new TopicBuffer(topic, partitions, this.#size);
      this.#topics.set(topic, buffer);
    }
    return buffer;
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
    this.#size.bytes = 0;
    this.#size.records = 0;
    return batches;
  }
}

/** What waits in all topics, about. */
interface BufferSize {
  bytes: number;
  records: number;
}

/** The records that wait for a topic, by partition; one without a key goes to the first, so that their order stays. */
class TopicBuffer implements RecordSink {
  readonly topic: string;
  readonly partitions: readonly ProducedRecord[][];
  readonly #size: BufferSize;

  constructor(topic: string, partitions: number, size: BufferSize) {
    this.topic = topic;
    this.partitions = Array.from({ length: partitions }, () => []);
    this.#size = size;
  }

  add(key: string | Buffer | null, value: string | Buffer | null, stamp: RecordStamp): void {
    this.addBytes(
      typeof key === 'string' ? Buffer.from(key) : key,
      typeof value === 'string' ? Buffer.from(value) : value,
      stamp,
    );
  }

  addBytes(key: Buffer | null, value: Buffer | null, stamp: RecordStamp): void {
    const partition = key === null ? 0 : partitionForKey(key, this.partitions.length);
    (this.partitions[partition] as ProducedRecord[]).push({
      key,
      value,
      timestamp: stamp.timestamp,
      headers: stamp.headers,
    });
    this.#size.bytes += (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
    this.#size.records++;
  }
}
