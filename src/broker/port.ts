import type { Headers } from '../core/headers.ts';
import type { TopicPartition } from '../core/topic-partition.ts';
import type { GroupMember, GroupMemberIdentity, GroupOptions } from './group-port.ts';

/**
 * What Millrace asks of a broker. The embedded broker and the Kafka clients implement it and pass one conformance suite
 * (`test/broker/broker-conformance.ts`).
 *
 * Everything moves in batches per partition: one promise per batch, never per record. Offsets are numbers (exact to 2^53).
 * Every vendor's error leaves as a `MillraceError`.
 */
export interface Broker {
  /** Topics, offsets and groups. */
  readonly admin: BrokerAdmin;
  /** A consumer of partitions that its owner assigns. Reads committed records only. */
  openConsumer(): Promise<BrokerConsumer>;
  /** A producer without transactions. */
  openProducer(): Promise<BrokerProducer>;
  /**
   * A transactional producer. Fences every earlier one with the same id: their next call throws PRODUCER_FENCED, and what
   * they had not committed is never seen.
   */
  openTransactionalProducer(transactionalId: string): Promise<TransactionalProducer>;
  /** Makes a member of a group, which joins in the background. */
  joinGroup(options: GroupOptions): Promise<GroupMember>;
  /** Waits for what was acknowledged to be safe, then releases files and connections. May be called twice. */
  close(): Promise<void>;
}

/** A record as a producer hands it over. */
export interface ProducedRecord {
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly headers: Headers;
}

/** A record as a consumer gets it. */
export interface ConsumedRecord extends ProducedRecord {
  readonly offset: number;
}

/** Records for one partition, in order. */
export interface ProducedBatch extends TopicPartition {
  readonly records: readonly ProducedRecord[];
}

/** Records of one partition, in offset order. Offsets may have gaps (compaction, control records). */
export interface ConsumedBatch extends TopicPartition {
  readonly records: readonly ConsumedRecord[];
  /** Where the next fetch of this partition goes on: beyond the last record, gaps included. */
  readonly nextOffset: number;
}

/** What a poll brought. */
export interface PollResult {
  readonly batches: readonly ConsumedBatch[];
  /**
   * The end of each assigned partition (the offset that the next committed record will get) as far as the consumer knows;
   * absent where it has not heard of it yet.
   * A partition whose position has reached its end has nothing more that the broker already has.
   */
  readonly endOffsets: ReadonlyMap<string, number>;
}

/** A partition and an offset in it. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** Fetches from the partitions it was assigned. One call at a time. */
export interface BrokerConsumer {
  /**
   * Replaces the assignment; each partition is read from its offset. Throws TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, here or at
   * the next poll: a broker that is far away may have to be asked.
   */
  assign(positions: readonly PartitionOffset[]): void;
  /** Stops handing out records of these partitions until `resume`; positions stay. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /**
   * Resolves as soon as there is a record of a partition that is not paused, or after `maxWaitMs` with none.
   * Returns about `maxBytes` at most, and at least one record where there is one. Throws OFFSET_OUT_OF_RANGE.
   */
  poll(options: { maxWaitMs: number; maxBytes: number }): Promise<PollResult>;
  /** Ends a waiting poll at once, with what there is. */
  wakeup(): void;
  close(): Promise<void>;
}

/** Appends records. */
export interface BrokerProducer {
  /**
   * Appends each batch atomically to its partition. Resolves when all are acknowledged, with the offset after the last
   * record of each batch, in the order given. Throws TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, RECORD_TOO_LARGE, BROKER_STORAGE.
   */
  send(batches: readonly ProducedBatch[]): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Appends records and group offsets in transactions: all of one become visible together, or none ever. */
export interface TransactionalProducer {
  /**
   * Adds batches to the transaction, and begins one where none is open. Resolves when more may be sent (backpressure),
   * which is not yet an acknowledgement.
   */
  send(batches: readonly ProducedBatch[]): Promise<void>;
  /**
   * Adds committed offsets of a group to the transaction. `offset` is the next one to read. With the identity of a member,
   * throws GROUP_MEMBER_FENCED where the group knows it no longer, or in a later generation; the transaction stays open.
   */
  sendOffsets(group: string, offsets: readonly PartitionOffset[], member?: GroupMemberIdentity | null): Promise<void>;
  /**
   * Commits. Resolves when everything is durable, and visible at once or within moments (`listOffsets`, `written`), with the offset after the last record of the transaction by
   * partition (`partitionName`). An empty transaction costs nothing. After an error nothing of it is visible. A broker that
   * knows that a member whose offsets it has was thrown out meanwhile throws GROUP_MEMBER_FENCED.
   */
  commit(): Promise<ReadonlyMap<string, number>>;
  /** Drops the open transaction; without one it does nothing. */
  abort(): Promise<void>;
  close(): Promise<void>;
}

/** How a topic is kept, in Kafka's own names. Absent ones are the broker's defaults. */
export interface TopicConfig {
  readonly 'cleanup.policy'?: 'delete' | 'compact' | 'compact,delete';
  /** Milliseconds; −1 keeps for ever. */
  readonly 'retention.ms'?: number;
  /** Bytes per partition; −1 means no limit. */
  readonly 'retention.bytes'?: number;
  readonly 'segment.bytes'?: number;
  readonly 'segment.ms'?: number;
  /** How long a tombstone survives compaction, in milliseconds. */
  readonly 'delete.retention.ms'?: number;
  readonly 'min.cleanable.dirty.ratio'?: number;
  readonly 'max.message.bytes'?: number;
}

/** A topic to create. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config?: TopicConfig;
}

/** A topic as it is. */
export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  readonly config: TopicConfig;
}

/** Topics, their offsets, and the committed offsets of groups. */
export interface BrokerAdmin {
  /** Creates the topics. Throws TOPIC_ALREADY_EXISTS, having created those before it. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** Deletes the topics with their records. Throws TOPIC_NOT_FOUND. */
  deleteTopics(names: readonly string[]): Promise<void>;
  listTopics(): Promise<readonly string[]>;
  /** The topics among these that exist, by name. */
  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
  /** Deletes the records before each offset (repartition topics are purged so). */
  deleteRecords(before: readonly PartitionOffset[]): Promise<void>;
  /**
   * For each partition the offset of its first record (`earliest`), the offset after its last (`latest`), or that of the
   * first record whose timestamp is at or after the number given (the end where there is none).
   *
   * `written` counts what open transactions have written too. Whoever has to have everything that another had committed
   * before it ended reads up to there: a broker may make a commit visible a little later, and `latest` is before it until
   * then. A consumer gets there as soon as the transactions of now have ended.
   */
  listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest' | 'written' | number,
  ): Promise<readonly PartitionOffset[]>;
  /** The committed offsets of a group; partitions without one are absent. May wait for the end of an open transaction. */
  committedOffsets(group: string, partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]>;
  /**
   * Sets committed offsets outside a transaction. With the identity of a member, throws GROUP_MEMBER_FENCED where the group
   * knows it no longer, or in a later generation. Without one, throws GROUP_NOT_EMPTY where the group has members.
   */
  commitOffsets(group: string, offsets: readonly PartitionOffset[], member?: GroupMemberIdentity | null): Promise<void>;
  /** Forgets a group and its offsets; an unknown one is no error. Throws GROUP_NOT_EMPTY. */
  deleteGroup(group: string): Promise<void>;
}
