import type { Broker, ConsumedRecord } from '../../src/broker/port.ts';

/** Every committed record of a topic, partition by partition, each in offset order. A topic that is not there has none. */
export async function readTopic(broker: Broker, topic: string): Promise<readonly ConsumedRecord[]> {
  const partitions = (await broker.admin.describeTopics([topic])).get(topic)?.partitions ?? 0;
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const starts = await broker.admin.listOffsets(all, 'earliest');
  const ends = await broker.admin.listOffsets(all, 'latest');
  const consumer = await broker.openConsumer();
  const found: ConsumedRecord[][] = all.map(() => []);
  const positions = starts.map(({ offset }) => offset);
  consumer.assign(starts);
  while (ends.some(({ partition, offset }) => (positions[partition] as number) < offset)) {
    const { batches } = await consumer.poll({ maxWaitMs: 100, maxBytes: 1 << 20 });
    for (const batch of batches) {
      found[batch.partition]?.push(...batch.records);
      positions[batch.partition] = batch.nextOffset;
    }
  }
  await consumer.close();
  return found.flat();
}

/** The latest value of each key of a topic of JSON, deleted ones left out: the topic as a table. Keys are their JSON text. */
export async function readTable<V>(broker: Broker, topic: string): Promise<ReadonlyMap<string, V>> {
  const table = new Map<string, V>();
  for (const { key, value } of await readTopic(broker, topic)) {
    const name = String(key);
    if (value === null) table.delete(name);
    else table.set(name, JSON.parse(value.toString('utf8')) as V);
  }
  return table;
}
