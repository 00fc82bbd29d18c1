import { partitionForKey } from '../../core/murmur2.ts';
import type { Serde } from '../../serde/serde.ts';
import { isWindowedSerde, type Windowed, type WindowedSerde } from '../../serde/windowed-serde.ts';
import type { CleanupPolicy, StreamPartitioner, TopicNameExtractor } from '../../topology/node.ts';
import { keySerdeOf, valueSerdeOf, type NamedOptions, type SerdeOptions, type StreamPlan } from '../stream-plan.ts';

/** How records are written to a topic. */
export interface ToOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /** Null or absent: murmur2 of the key's bytes, as Kafka's default; of a windowed key without its window. */
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
  const keySerde: Serde<any> = options.keySerde ?? keySerdeOf(plan);
  const known = valueSerdeOf(plan);
  context.graph.addSink({
    name: context.nodeName(options.name, 'KSTREAM-SINK-'),
    parents: [plan.node],
    topic,
    keySerde,
    valueSerde: options.valueSerde ?? known.outside ?? known,
    partitioner: options.partitioner ?? (isWindowedSerde(keySerde) ? byKeyAlone(keySerde) : null),
    cleanupPolicy: options.cleanupPolicy ?? (plan.updates ? 'compact' : 'delete'),
  });
}

/** Windows of a key go where the key goes, as by Kafka Streams' `WindowedStreamPartitioner`. */
function byKeyAlone({ inner }: WindowedSerde<any>): StreamPartitioner {
  return (record, partitions) =>
    record.keyDatum === null ? 0 : partitionForKey(inner.serialize((record.key as Windowed<any>).key), partitions);
}
