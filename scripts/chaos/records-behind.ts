import type { Broker, PartitionOffset } from '../../src/broker/port.ts';
import { partitionName } from '../../src/core/topic-partition.ts';
import { topicNamesOf } from '../../src/runtime/topic-names.ts';
import type { Topology } from '../../src/topology/topology.ts';

const MAX_COUNTED = 1000;

/** How many records the group of a topology has still to commit; above a thousand, offsets that hold no record count too. */
export async function recordsBehind(broker: Broker, topology: Topology): Promise<number> {
  const topics = [...new Set(topology.subTopologies.flatMap((part) => part.sourceTopics))];
  const names = topics.map(topicNamesOf(topology, topology.name));
  const described = await broker.admin.describeTopics(names);
  if (described.size < names.length) return Infinity;
  const partitions = [...described.values()].flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
  );
  const committed = await broker.admin.committedOffsets(topology.name, partitions);
  const starts = await broker.admin.listOffsets(partitions, 'earliest');
  const known = new Map(committed.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]));
  const ends = await broker.admin.listOffsets(partitions, 'latest');
  const positions = starts.map(({ topic, partition, offset }, index) => ({
    topic,
    partition,
    offset: Math.max(offset, known.get(partitionName(topic, partition)) ?? 0),
    end: ends[index]?.offset ?? 0,
  }));
  const lag = positions.reduce((sum, { offset, end }) => sum + Math.max(0, end - offset), 0);
  if (lag > MAX_COUNTED) return lag;
  return countRecords(
    broker,
    positions.filter(({ offset, end }) => offset < end),
  );
}

/** Between an offset and the end there may be markers of transactions only. */
async function countRecords(broker: Broker, ranges: readonly (PartitionOffset & { end: number })[]): Promise<number> {
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
    return count;
  } finally {
    await consumer.close();
  }
}
