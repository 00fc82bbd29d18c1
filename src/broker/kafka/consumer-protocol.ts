import { Reader, Writer } from '@platformatic/kafka';
import { MillraceError } from '../../core/millrace-error.ts';
import type { TopicPartition } from '../../core/topic-partition.ts';
import type { GroupAssignment, GroupSubscription } from '../group-port.ts';

/**
 * Kafka's consumer protocol: what members of a group write into it, so that Kafka's tools and consumers understand them.
 * Version 2 of a subscription has the generation that the owned partitions are of. It also makes every join differ from the
 * one before: a coordinator takes a follower that says nothing new for one that missed an answer, and begins no rebalance.
 */
const SUBSCRIPTION_VERSION = 2;
const ASSIGNMENT_VERSION = 1;
const OWNED_PARTITIONS_SINCE = 1;

/** A subscription as the protocol has it. */
export function encodeSubscription(subscription: GroupSubscription, generation: number): Buffer {
  const { topics, ownedPartitions, userData } = subscription;
  const writer = Writer.create()
    .appendInt16(SUBSCRIPTION_VERSION)
    .appendArray([...topics], (target, topic) => target.appendString(topic, false), false, false)
    .appendBytes(userData, false);
  return writePartitions(writer, ownedPartitions).appendInt32(generation).buffer;
}

/** Reads a subscription of any version. Throws GROUP_DATA. */
export function decodeSubscription(bytes: Buffer): GroupSubscription {
  return read(bytes, (reader) => {
    const version = reader.readInt16();
    const topics = reader.readArray((source) => source.readString(false), false, false);
    const userData = reader.readNullableBytes(false) ?? Buffer.alloc(0);
    const ownedPartitions = version >= OWNED_PARTITIONS_SINCE && reader.remaining > 0 ? readPartitions(reader) : [];
    return { topics, ownedPartitions, userData };
  });
}

/** An assignment as the protocol has it. */
export function encodeAssignment({ partitions, userData }: GroupAssignment): Buffer {
  return writePartitions(Writer.create().appendInt16(ASSIGNMENT_VERSION), partitions).appendBytes(userData, false)
    .buffer;
}

/** Reads an assignment of any version; no bytes are an empty one. Throws GROUP_DATA. */
export function decodeAssignment(bytes: Buffer): GroupAssignment {
  if (bytes.length === 0) return { partitions: [], userData: Buffer.alloc(0) };
  return read(bytes, (reader) => {
    reader.readInt16();
    return { partitions: readPartitions(reader), userData: reader.readNullableBytes(false) ?? Buffer.alloc(0) };
  });
}

function writePartitions(writer: Writer, partitions: readonly TopicPartition[]): Writer {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)];
  return writer.appendArray(
    topics,
    (target, [topic, some]) => {
      target.appendString(topic, false).appendArray(
        some.map(({ partition }) => partition),
        (numbers, partition) => numbers.appendInt32(partition),
        false,
        false,
      );
    },
    false,
    false,
  );
}

function readPartitions(reader: Reader): TopicPartition[] {
  const topics = reader.readArray(
    (source) => ({
      topic: source.readString(false),
      partitions: source.readArray((numbers) => numbers.readInt32(), false, false),
    }),
    false,
    false,
  );
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

function read<T>(bytes: Buffer, decode: (reader: Reader) => T): T {
  try {
    return decode(Reader.from(bytes));
  } catch (error) {
    throw new MillraceError(
      'GROUP_DATA',
      `Expected data of Kafka's consumer protocol, got ${bytes.length} other bytes`,
      {
        cause: error,
      },
    );
  }
}
