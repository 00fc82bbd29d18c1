import type { ProducedBatch, ProducedRecord } from '../../broker/port.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';

/** What a record costs beyond its bytes, about, while it waits to be sent. */
const RECORD_OVERHEAD_BYTES = 64;

/** Finds how many partitions a topic has, making it where it does not exist. */
export type TopicResolver = (topic: string) => MaybePromise<number>;

/** Where sinks put records of one topic. */
export interface RecordOutput {
  readonly topic: string;
  readonly partitions: number;
  /** Where a record without a key goes now. */
  readonly keylessPartition: number;
  /** How large key and value of a record may be together; infinite where only the broker knows. */
  readonly maxRecordBytes: number;
  add(partition: number, record: ProducedRecord): void;
}

/** Gives sinks the outputs they write to. */
export interface OutputProvider {
  /** The output of a topic; at once where its partitions are known. */
  output(topic: string): MaybePromise<RecordOutput>;
}

/** The records that wait to be sent to one topic. */
class OutputTopic implements RecordOutput {
  readonly topic: string;
  readonly partitions: number;
  /** Another one after each drain. */
  keylessPartition = 0;
  #batches: ProducedRecord[][];
  #used: number[] = [];
  #bytes = 0;

  readonly maxRecordBytes: number;

  constructor(topic: string, partitions: number, maxRecordBytes: number) {
    this.topic = topic;
    this.partitions = partitions;
    this.maxRecordBytes = maxRecordBytes;
    this.#batches = emptyBatches(partitions);
  }

  /** About how many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  add(partition: number, record: ProducedRecord): void {
    const batch = this.#batches[partition] as ProducedRecord[];
    if (batch.length === 0) this.#used.push(partition);
    batch.push(record);
    this.#bytes += RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  }

  /** Moves what waits to `batches`. */
  drainInto(batches: ProducedBatch[]): void {
    if (this.#used.length === 0) return;
    for (const partition of this.#used) {
      batches.push({ topic: this.topic, partition, records: this.#batches[partition] as ProducedRecord[] });
      this.#batches[partition] = [];
    }
    this.#used = [];
    this.#bytes = 0;
    this.keylessPartition = (this.keylessPartition + 1) % this.partitions;
  }
}

/** Gathers what the tasks of a thread write, until it is sent. */
export class RecordCollector implements OutputProvider {
  readonly #topics = new Map<string, OutputTopic>();
  /** What tasks wait for: a topic that several meet at once is made once. */
  readonly #resolving = new Map<string, Promise<RecordOutput>>();
  readonly #resolve: TopicResolver;
  readonly #maxRecordBytes: ReadonlyMap<string, number>;

  /** `maxRecordBytes` are, by topic, how large its records may be. */
  constructor(resolve: TopicResolver, maxRecordBytes: ReadonlyMap<string, number> = new Map()) {
    this.#resolve = resolve;
    this.#maxRecordBytes = maxRecordBytes;
  }

  output(topic: string): MaybePromise<RecordOutput> {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const resolving = this.#resolving.get(topic);
    if (resolving !== undefined) return resolving;
    const partitions = this.#resolve(topic);
    return typeof partitions === 'number' ? this.#add(topic, partitions) : this.#addWhenResolved(topic, partitions);
  }

  /** About how many bytes wait to be sent. */
  get bytes(): number {
    let bytes = 0;
    for (const output of this.#topics.values()) bytes += output.bytes;
    return bytes;
  }

  /** Takes out everything, by topic and partition, in the order written. */
  drain(): ProducedBatch[] {
    const batches: ProducedBatch[] = [];
    for (const output of this.#topics.values()) output.drainInto(batches);
    return batches;
  }

  #addWhenResolved(topic: string, partitions: Promise<number>): Promise<RecordOutput> {
    const resolving = partitions.then((count) => this.#add(topic, count)).finally(() => this.#resolving.delete(topic));
    this.#resolving.set(topic, resolving);
    return resolving;
  }

  #add(topic: string, partitions: number): OutputTopic {
    const output = new OutputTopic(topic, partitions, this.#maxRecordBytes.get(topic) ?? Infinity);
    this.#topics.set(topic, output);
    return output;
  }
}

function emptyBatches(partitions: number): ProducedRecord[][] {
  return Array.from({ length: partitions }, () => []);
}
