import type { Processor } from '../processor/processor.ts';
import type { StreamRecord } from '../processor/stream-record.ts';
import type { Serde } from '../serde/serde.ts';

/**
 * The frozen nodes of a topology. `any` stands where a graph holds nodes of every type: the DSL, which makes them, has
 * checked that the types of neighbours agree.
 */
export type TopologyNode = SourceNode | ProcessorNode | SinkNode;

interface NamedNode {
  readonly name: string;
  readonly parents: readonly string[];
  readonly children: readonly string[];
}

/** Reads topics. */
export interface SourceNode extends NamedNode {
  readonly kind: 'source';
  /** Topic names; those of internal topics without the prefix of the application. */
  readonly topics: readonly string[];
  readonly keySerde: Serde<any>;
  readonly valueSerde: Serde<any>;
  /** Null takes the record's own timestamp. */
  readonly timestampExtractor: TimestampExtractor | null;
  /** Where to begin when the group has no committed offset. */
  readonly offsetReset: 'earliest' | 'latest';
}

/** The time of a record. A negative result drops it. `partitionTimeMs` is the largest time seen in its partition (−1: none). */
export type TimestampExtractor = (record: StreamRecord<any, any>, partitionTimeMs: number) => number;

/** Runs a processor. */
export interface ProcessorNode extends NamedNode {
  readonly kind: 'processor';
  /** Makes the processor of one task. */
  readonly create: () => Processor<any, any>;
  /** The names of the stores it may use. */
  readonly stores: readonly string[];
  /** Whether it only passes records on as they are, or leaves them out: then it may as well do so behind a repartition. */
  readonly passesOn?: boolean;
  /** How it runs with one store fewer, where another one of its stores has the same records: a side of a self-join. */
  readonly selfJoin?: { readonly leavesOut: string; readonly create: () => Processor<any, any> };
}

/** Writes to a topic. */
export interface SinkNode extends NamedNode {
  readonly kind: 'sink';
  /** A fixed name (internal ones without the prefix of the application), or one chosen for each record. */
  readonly topic: string | TopicNameExtractor;
  readonly keySerde: Serde<any>;
  readonly valueSerde: Serde<any>;
  /** Null is Kafka's default: murmur2 of the key's bytes; keyless records go round. */
  readonly partitioner: StreamPartitioner | null;
  /** How the topic keeps its records if it has to be made; absent, as internal topics do. */
  readonly cleanupPolicy?: CleanupPolicy;
}

/** What becomes of old records of a topic: they go after a time, or only the last of each key stays, or both. */
export type CleanupPolicy = 'delete' | 'compact' | 'compact,delete';

/** Chooses the topic of a record. */
export type TopicNameExtractor = (record: StreamRecord<any, any>) => string;

/** Chooses the partition of a record among `partitions`. */
export type StreamPartitioner = (record: StreamRecord<any, any>, partitions: number) => number;
