import type { Broker, ConsumedRecord } from '../../src/broker/port.ts';

/** Every committed record of a topic, partition by partition, each in offset order. A topic that is not there has none. */
export async function readTopic(broker: Broker, topic: string): Promise<readonly ConsumedRecord[]> {
  const partitions = (await broker.admin.describeTopics([topic])).get(topic)?.partitions ?? 0;
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const ends = await broker.admin.listOffsets(all, 'latest');
  const missing = new Map(ends.filter(({ offset }) => offset > 0).map(({ partition, offset }) => [partition, offset]));
  const consumer = await broker.openConsumer();
  const records: ConsumedRecord[] = [];
  try {
    consumer.assign(await broker.admin.listOffsets(all, 'earliest'));
    while (missing.size > 0) {
      const { batches } = await consumer.poll({ maxWaitMs: 10, maxBytes: 1 << 22 });
      for (const batch of batches) {
        records.push(...batch.records);
        if (batch.nextOffset >= (missing.get(batch.partition) ?? 0)) missing.delete(batch.partition);
      }
      if (batches.length === 0) break;
    }
  } finally {
    await consumer.close();
  }
  return records;
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
