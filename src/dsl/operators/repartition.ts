import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { StreamPartitioner } from '../../topology/node.ts';
import { keySerdeOf, valueSerdeOf, type SerdeOptions, type StreamPlan } from '../stream-plan.ts';

/** How a stream is repartitioned. */
export interface RepartitionOptions<K, V> extends SerdeOptions<K, V> {
  /** Names the topic: `<application>-<name>-repartition`. */
  readonly name: string;
  /** Absent: as many as the topics it is joined with, or else as the topics it comes from. */
  readonly partitions?: number;
  readonly partitioner?: StreamPartitioner;
}

/**
 * Sends the stream through an internal topic, so that records of one key meet in one task.
 *
 * Records without a key are dropped, unless a left join that accepts them lies downstream (KIP-962).
 */
export function repartition<K, V>(plan: StreamPlan<K, V>, options: RepartitionOptions<K, V>): StreamPlan<K, V> {
  const { context } = plan;
  const topic = `${context.requireName(options, 'repartition')}-repartition`;
  const keySerde = options.keySerde ?? keySerdeOf(plan);
  const valueSerde = options.valueSerde ?? valueSerdeOf(plan);
  // In the order in which Kafka Streams names them, so that the counters of later names agree.
  const sink = context.nodeName(`${topic}-sink`, 'KSTREAM-SINK-');
  const filter = context.nodeName(`${topic}-filter`, 'KSTREAM-FILTER-');
  const source = context.nodeName(`${topic}-source`, 'KSTREAM-SOURCE-');
  const keepsNullKeys = (): boolean => context.leadsToKeylessJoin(filter);
  const mergeable = { filter, keepsNullKeys };
  context.graph.addRepartitionTopic({ name: topic, partitions: options.partitions ?? null, mergeable });
  context.graph.addProcessor({
    name: filter,
    parents: [plan.node],
    create: () => new DropNullKeys(!keepsNullKeys()),
  });
  const partitioner = options.partitioner ?? null;
  context.graph.addSink({ name: sink, parents: [filter], topic, keySerde, valueSerde, partitioner });
  context.graph.addRepartitionSource({ name: source, topic, keySerde, valueSerde });
  return { context, node: source, keySerde, valueSerde, sources: [source], keyChanged: false, updates: plan.updates };
}

/** The stream itself where its key is as partitioned, else sent through the topic of this name. */
export function repartitionIfNeeded<K, V>(
  plan: StreamPlan<K, V>,
  name: string | undefined,
  operator: string,
): StreamPlan<K, V> {
  if (!plan.keyChanged) return plan;
  return repartition(plan, { name: plan.context.requireName({ name }, operator) });
}

class DropNullKeys<K, V> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, V>> {
  readonly #drop: boolean;

  constructor(drop: boolean) {
    super();
    this.#drop = drop;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    if (record.keyDatum !== null || !this.#drop) return this.context.forward(record);
    this.context.recordDropped('null key');
  }
}
