import type { CleanupPolicy, StreamPartitioner, TopicNameExtractor } from '../../topology/node.ts';
import { keySerdeOf, valueSerdeOf, type NamedOptions, type SerdeOptions, type StreamPlan } from '../stream-plan.ts';

/** How records are written to a topic. */
export interface ToOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /** Null or absent: murmur2 of the key's bytes, as Kafka's default. */
  readonly partitioner?: StreamPartitioner;
  /**
   * How the topic keeps its records if it does not exist yet. Absent: `compact` for the updates of a table, so that the last
   * row of each key stays for ever; else `delete`, after the broker's retention.
   */
  readonly cleanupPolicy?: CleanupPolicy;
}

/** Writes every record to a topic, or to the topic chosen for it. */
export function to<K, V>(plan: StreamPlan<K, V>, topic: string | TopicNameExtractor, options: ToOptions<K, V>): void {
  const { context } = plan;
  context.graph.addSink({
    name: context.nodeName(options.name, 'KSTREAM-SINK-'),
    parents: [plan.node],
    topic,
    keySerde: options.keySerde ?? keySerdeOf(plan),
    valueSerde: options.valueSerde ?? valueSerdeOf(plan),
    partitioner: options.partitioner ?? null,
    cleanupPolicy: options.cleanupPolicy ?? (plan.updates ? 'compact' : 'delete'),
  });
}
