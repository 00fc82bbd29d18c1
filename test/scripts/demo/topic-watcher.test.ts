import { expect, it } from 'vitest';
import { TopicWatcher, type DerivedRecord } from '../../../scripts/demo/topic-watcher.ts';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';

function produced(key: string | null, value: string | null) {
  return {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    timestamp: 5,
    headers: [],
  };
}

it('follows topics from their ends, and those of views from their starts', async () => {
  const broker = await EmbeddedBroker.inMemory();
  await broker.admin.createTopics([
    { name: 'log', partitions: 1 },
    { name: 'view', partitions: 2 },
  ]);
  const producer = await broker.openProducer();
  await producer.send([
    { topic: 'log', partition: 0, records: [produced('1', '{"a":1}')] },
    { topic: 'view', partition: 1, records: [produced('"DE"', '1'), produced('NL', 'no JSON')] },
  ]);
  const seen: DerivedRecord[] = [];

  const watcher = await TopicWatcher.open(broker, {
    topics: ['log', 'view'],
    fromStart: ['view'],
    onRecord: (record) => seen.push(record),
  });
  await producer.send([{ topic: 'log', partition: 0, records: [produced('2', null)] }]);
  await expect.poll(() => seen.length).toBe(3);
  await watcher.close();
  await broker.close();

  expect(watcher.initialCounts).toEqual(
    new Map([
      ['log', 1],
      ['view', 2],
    ]),
  );
  expect(seen.toSorted((a, b) => (a.topic < b.topic ? -1 : 1))).toEqual([
    { topic: 'log', key: 2, value: null, timestamp: 5, isNew: true },
    { topic: 'view', key: 'DE', value: 1, timestamp: 5, isNew: false },
    { topic: 'view', key: 'NL', value: 'no JSON', timestamp: 5, isNew: false },
  ]);
});
