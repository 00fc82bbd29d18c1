import type { StoreSpec } from '../store/store.ts';
import type { TopologyNode } from './node.ts';

/** A frozen graph: what `build()` returns, and all that the runtime knows of a program. */
export interface Topology {
  /** Also the application id: the group, and the prefix of internal topics. */
  readonly name: string;
  /** In the order they were added. */
  readonly nodes: ReadonlyMap<string, TopologyNode>;
  readonly stores: ReadonlyMap<string, StoreSpec>;
  /** By the name of their store. */
  readonly globalTables: ReadonlyMap<string, GlobalTable>;
  readonly subTopologies: readonly SubTopology[];
  /** By name, without the prefix of the application. */
  readonly repartitionTopics: ReadonlyMap<string, RepartitionTopic>;
  /** By store: the topic that it mirrors, holding the last record of each key just as it was read. */
  readonly mirroredTopics: ReadonlyMap<string, string>;
  /** By store: the topic it is read from, where that serves as its changelog too. */
  readonly sourceChangelogs: ReadonlyMap<string, string>;
  /** Topics that must have the same number of partitions, since a task reads the same partition of each. */
  readonly coPartitionGroups: readonly (readonly string[])[];
  /** Topics that wait for tables when the application starts. */
  readonly tableWaits: readonly TableWait[];
  /** The MySQL tables whose topics are read; somebody has to capture them. */
  readonly mysqlTables: readonly MySqlInput[];
}

/** A topic of a stream that is read only when those of the tables have been, up to where they ended at the start. */
export interface TableWait {
  readonly stream: string;
  readonly tables: readonly string[];
}

/** A topic that every instance reads in full, into a store that every processor can read. The topic is its changelog. */
export interface GlobalTable {
  /** What its two nodes are called in `describe()`; no task runs them. */
  readonly source: string;
  readonly node: string;
  readonly topic: string;
  readonly store: StoreSpec;
}

/** A connected part of the graph. Each of its partitions is a task. */
export interface SubTopology {
  readonly id: number;
  /** The names of its nodes, parents before children. */
  readonly nodes: readonly string[];
  readonly stores: readonly string[];
  /** The topics its sources read. */
  readonly sourceTopics: readonly string[];
}

/** A topic between two sub-topologies, owned by the application. */
export interface RepartitionTopic {
  readonly name: string;
  /** Null takes the number of the topics it is joined with, or else the largest number upstream. */
  readonly partitions: number | null;
  /** Where it has one sink for one stream: what has to be known to send two such streams through one topic. */
  readonly mergeable?: {
    /** The node before the sink. */
    readonly filter: string;
    /** Whether records without a key pass. */
    readonly keepsNullKeys: () => boolean;
  };
}

/** A MySQL table that a topology reads. */
export interface CapturedTable {
  readonly database: string;
  readonly table: string;
  readonly topic: string;
  readonly topicPrefix: string;
  readonly bigint: 'error' | 'string' | 'bigint';
  /** The columns that its descriptor has, with their types as MySQL writes them. */
  readonly columns?: { readonly [column: string]: string };
}

/** A MySQL table and how a topology reads it. */
export interface MySqlInput extends CapturedTable {
  /** Whether it is read as a table; perhaps as a stream too. */
  readonly isTable: boolean;
}

/** `orders-by-country-repartition`, with its application: `revenue-orders-by-country-repartition`. */
export function internalTopicName(applicationId: string, name: string): string {
  return `${applicationId}-${name}`;
}

/** The changelog topic of a store. */
export function changelogTopicName(applicationId: string, store: string): string {
  return `${applicationId}-${store}-changelog`;
}
