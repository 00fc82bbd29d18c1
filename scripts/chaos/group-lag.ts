import type { Broker, PartitionOffset } from '../../src/broker/port.ts';
import { partitionName } from '../../src/core/topic-partition.ts';

/** How far a group is in one partition: `offset` is the next one that it has to commit, `end` that of the partition. */
export interface GroupPosition extends PartitionOffset {
  readonly end: number;
}

/** Whose positions are asked for: those of a group in all partitions of some topics, up to what is committed or written. */
export interface GroupTopics {
  readonly group: string;
  readonly topics: readonly string[];
  readonly upTo: 'latest' | 'written';
}

/** Where a group is; null while one of the topics is not there. */
export async function groupPositions(
  broker: Broker,
  { group, topics, upTo }: GroupTopics,
): Promise<readonly GroupPosition[] | null> {
  const described = await broker.admin.describeTopics(topics);
  if (described.size < topics.length) return null;
  const partitions = [...described.values()].flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
  );
  // What is committed before the ends: a commit between the two then counts what it appended to topics that it reads.
  const committed = await broker.admin.committedOffsets(group, partitions);
  const starts = await broker.admin.listOffsets(partitions, 'earliest');
  const known = new Map(committed.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]));
  const ends = await broker.admin.listOffsets(partitions, upTo);
  return starts.map(({ topic, partition, offset }, index) => ({
    topic,
    partition,
    offset: Math.max(offset, known.get(partitionName(topic, partition)) ?? 0),
    end: ends[index]?.offset ?? 0,
  }));
}

/** How many offsets are between where a group is and the ends. */
export function offsetsBehind(positions: readonly GroupPosition[]): number {
  return positions.reduce((sum, { offset, end }) => sum + Math.max(0, end - offset), 0);
}

/**
 * How many records that is: there may be markers of transactions only. Reads them, so it is for few. What cannot be read yet,
 * for it is part of an open transaction, counts as one.
 */
export async function countRecordsBehind(broker: Broker, positions: readonly GroupPosition[]): Promise<number> {
  const ranges = positions.filter(({ offset, end }) => offset < end);
  if (ranges.length === 0) return 0;
  const consumer = await broker.openConsumer();
  try {
    const open = new Map(ranges.map(({ topic, partition, end }) => [partitionName(topic, partition), end]));
    let count = 0;
    consumer.assign(ranges);
    for (let empty = 0; open.size > 0 && empty < 5; empty++) {
      const { batches } = await consumer.poll({ maxWaitMs: 100, maxBytes: 1 << 20 });
      for (const { topic, partition, records, nextOffset } of batches) {
        empty = 0;
        count += records.length;
        const name = partitionName(topic, partition);
        if (nextOffset >= (open.get(name) ?? 0)) open.delete(name);
      }
    }
    return Math.max(count, open.size);
  } finally {
    await consumer.close();
  }
}
