import type { MaybePromise } from '../core/maybe-promise.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { partitionForKey } from '../core/murmur2.ts';
import type { StreamRecord } from '../processor/stream-record.ts';
import type { Serde } from '../serde/serde.ts';
import type { SinkNode, StreamPartitioner, TopicNameExtractor } from '../topology/node.ts';
import type { OutputProvider, RecordOutput } from './record-collector.ts';
import type { TaskCounters } from './task-counters.ts';

type SinkRecord = StreamRecord<unknown, unknown>;

/** Hands records to the collector as bytes. Bytes that came in with the same serde go out as they are. */
abstract class Sink {
  readonly #keySerde: Serde<unknown>;
  readonly #valueSerde: Serde<unknown>;
  readonly #partitioner: StreamPartitioner | null;
  readonly #counters: TaskCounters;

  constructor(node: SinkNode, counters: TaskCounters) {
    this.#keySerde = node.keySerde;
    this.#valueSerde = node.valueSerde;
    this.#partitioner = node.partitioner;
    this.#counters = counters;
  }

  protected write(record: SinkRecord, output: RecordOutput): void {
    const { keyDatum, valueDatum, stamp } = record;
    const key = keyDatum === null ? null : keyDatum.bytes(this.#keySerde);
    const value = valueDatum === null ? null : valueDatum.bytes(this.#valueSerde);
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

  constructor(node: SinkNode, counters: TaskCounters, output: RecordOutput) {
    super(node, counters);
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

  constructor(node: SinkNode, counters: TaskCounters, collector: OutputProvider) {
    super(node, counters);
    this.#extractor = node.topic as TopicNameExtractor;
    this.#collector = collector;
  }

  process(record: SinkRecord): MaybePromise<void> {
    const output = this.#collector.output(this.#extractor(record));
    if (output instanceof Promise) return output.then((resolved) => this.write(record, resolved));
    this.write(record, output);
  }
}

function checkedPartition(partition: number, output: RecordOutput): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < output.partitions) return partition;
  throw new MillraceError(
    'PARTITION_NOT_FOUND',
    `Expected the partitioner to return an integer from 0 to ${output.partitions - 1}, got ${partition}`,
    { context: { topic: output.topic } },
  );
}
