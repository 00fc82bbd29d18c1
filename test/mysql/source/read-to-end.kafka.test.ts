import { expect, test } from 'vitest';
import { readToEnd } from '../../../src/mysql/source/read-to-end.ts';
import { createTopic, freshId, record } from '../../broker/broker-harness.ts';
import { connectKafka } from '../../broker/kafka/kafka-harness.ts';

test('a transaction that stays open is an error that says where, and no wait without end', async () => {
  await using broker = await connectForTest();
  const topic = await createTopic(broker);
  const producer = await broker.openTransactionalProducer(freshId());
  await producer.send([{ topic, partition: 0, records: [record('k', 'committed')] }]);
  await producer.commit();
  await producer.send([{ topic, partition: 0, records: [record('k', 'open')] }]);
  // The send returns before the record is there.
  while (((await broker.admin.listOffsets([{ topic, partition: 0 }], 'written'))[0]?.offset ?? 0) < 3);

  const values: string[] = [];
  const read = readToEnd(broker, { topic, partitions: 1, patiencePolls: 2 }, ({ value }) => values.push(String(value)));
  await expect(read).rejects.toMatchObject({ code: 'TRANSACTION_HANGING', context: { partitions: `${topic}-0@2` } });
  expect(values).toEqual(['committed']);

  await producer.abort();
  await readToEnd(broker, { topic, partitions: 1 }, ({ value }) => values.push(String(value)));
  expect(values).toEqual(['committed', 'committed']);
});

async function connectForTest() {
  const broker = await connectKafka();
  return Object.assign(broker, { [Symbol.asyncDispose]: () => broker.close() });
}
