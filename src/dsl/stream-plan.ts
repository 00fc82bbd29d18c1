import type { Serde } from '../serde/serde.ts';
import type { DslContext } from './dsl-context.ts';

/** What a `KStream` handle stands on: a node of the graph and what is known of its records. */
export interface StreamPlan<K, V> {
  readonly context: DslContext;
  /** The node whose output this stream is. */
  readonly node: string;
  /** Null where only the default is known. */
  readonly keySerde: Serde<K> | null;
  readonly valueSerde: Serde<V> | null;
  /** The sources of its sub-topology, for co-partitioning. */
  readonly sources: readonly string[];
  /** Whether the key was changed since the records were partitioned by it. */
  readonly keyChanged: boolean;
  /** Whether they are a table's updates, of which only the last of each key counts; a topic of them can be compacted. */
  readonly updates: boolean;
}

/** Gives a stream, partitioned by key, to the aggregation of a name. Throws TOPOLOGY_NAME_REQUIRED. */
export type PartitionFor<K, V> = (aggregation: NamedOptions | undefined, operator: string) => StreamPlan<K, V>;

/** Options of an operator without state. */
export interface NamedOptions {
  /** What the node is called in `describe()`, metrics and errors. */
  readonly name?: string;
}

/** Serdes to use in place of those known from upstream. */
export interface SerdeOptions<K, V> {
  readonly keySerde?: Serde<K>;
  readonly valueSerde?: Serde<V>;
}

/** The stream of a node that may give records other keys and values: whatever needs the key repartitions first. */
export function rekeyedStream<K, V>(
  plan: StreamPlan<any, any>,
  node: string,
  options: SerdeOptions<K, V>,
): StreamPlan<K, V> {
  const { keySerde = null, valueSerde = null } = options;
  return { ...plan, node, keySerde, valueSerde, keyChanged: true, updates: false };
}

/** The serde of a plan's keys: its own, or the default. */
export function keySerdeOf<K>(plan: { context: DslContext; keySerde: Serde<K> | null }): Serde<K> {
  return plan.keySerde ?? (plan.context.defaults.keySerde as Serde<K>);
}

/** The serde of a plan's values: its own, or the default. */
export function valueSerdeOf<V>(plan: { context: DslContext; valueSerde: Serde<V> | null }): Serde<V> {
  return plan.valueSerde ?? (plan.context.defaults.valueSerde as Serde<V>);
}
