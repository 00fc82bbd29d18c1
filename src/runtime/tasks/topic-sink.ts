import type { MaybePromise } from '../../core/maybe-promise.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { partitionForKey } from '../../core/murmur2.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { Serde } from '../../serde/serde.ts';
import type { SinkNode, StreamPartitioner, TopicNameExtractor } from '../../topology/node.ts';
import type { OutputProvider, RecordOutput } from './record-collector.ts';
import type { TaskCounters } from './task-counters.ts';

type SinkRecord = StreamRecord<unknown, unknown>;

/** Passes over a record that cannot be written, or throws the error with its place. */
export type ProductionErrorHandler = (error: unknown, place: { node: string; topic: string }) => void;

/** What a sink needs of its task. */
export interface SinkScope {
  readonly counters: TaskCounters;
  readonly onError: ProductionErrorHandler;
}

/** Hands records to the collector as bytes. Bytes that came in with the same serde go out as they are. */
abstract class Sink {
  readonly #keySerde: Serde<unknown>;
  readonly #valueSerde: Serde<unknown>;
  readonly #partitioner: StreamPartitioner | null;
  readonly #counters: TaskCounters;
  readonly #node: string;
  readonly #onError: ProductionErrorHandler;

  constructor(node: SinkNode, { counters, onError }: SinkScope) {
    this.#node = node.name;
    this.#onError = onError;
    this.#keySerde = node.keySerde;
    this.#valueSerde = node.valueSerde;
    this.#partitioner = node.partitioner;
    this.#counters = counters;
  }

  protected write(record: SinkRecord, output: RecordOutput): void {
    const { keyDatum, valueDatum, stamp } = record;
    let key: Buffer | null;
    let value: Buffer | null;
    try {
      key = keyDatum === null ? null : keyDatum.bytes(this.#keySerde);
      value = valueDatum === null ? null : valueDatum.bytes(this.#valueSerde);
      if (output.maxRecordBytes < Infinity) mustFit(key, value, output);
    } catch (error) {
      return this.#onError(error, { node: this.#node, topic: output.topic });
    }
    output.add(this.#partitionOf(record, key, output), {
      key,
      value,
      timestamp: stamp.timestamp,
      headers: stamp.headers,
    });
    this.#counters.emitted++;
  }

  #partitionOf(record: SinkRecord, key: Buffer | null, output: RecordOutput): number {
    if (this.#partitioner !== null) return checkedPartition(this.#partitioner(record, output.partitions), output);
    if (output.partitions === 1) return 0;
    return key === null ? output.keylessPartition : partitionForKey(key, output.partitions);
  }
}

/** Writes to one topic. */
export class TopicSink extends Sink {
  readonly #output: RecordOutput;

  constructor(node: SinkNode, scope: SinkScope, output: RecordOutput) {
    super(node, scope);
    this.#output = output;
  }

  process(record: SinkRecord): void {
    this.write(record, this.#output);
  }
}

/** Writes each record to the topic chosen for it. Waits only when a topic is met for the first time. */
export class DynamicTopicSink extends Sink {
  readonly #extractor: TopicNameExtractor;
  readonly #collector: OutputProvider;

  constructor(node: SinkNode, scope: SinkScope, collector: OutputProvider) {
    super(node, scope);
    this.#extractor = node.topic as TopicNameExtractor;
    this.#collector = collector;
  }

  process(record: SinkRecord): MaybePromise<void> {
    const topic: unknown = this.#extractor(record);
    if (typeof topic !== 'string' || topic === '') throw noTopic(topic);
    const output = this.#collector.output(topic);
    if (output instanceof Promise) return output.then((resolved) => this.write(record, resolved));
    this.write(record, output);
  }
}

function mustFit(key: Buffer | null, value: Buffer | null, { maxRecordBytes }: RecordOutput): void {
  const bytes = (key === null ? 0 : key.length) + (value === null ? 0 : value.length);
  if (bytes <= maxRecordBytes) return;
  throw new MillraceError('RECORD_TOO_LARGE', `Expected a record of at most ${maxRecordBytes} bytes, got ${bytes}`);
}

function noTopic(topic: unknown): MillraceError {
  const got = topic === '' ? 'no characters' : topic === null ? 'null' : typeof topic;
  return new MillraceError(
    'TOPIC_INVALID',
    `Expected the topic name extractor to return the name of a topic, got ${got}`,
  );
}

function checkedPartition(partition: number, output: RecordOutput): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < output.partitions) return partition;
  throw new MillraceError(
    'PARTITION_NOT_FOUND',
    `Expected the partitioner to return an integer from 0 to ${output.partitions - 1}, got ${partition}`,
    { context: { topic: output.topic } },
  );
}
