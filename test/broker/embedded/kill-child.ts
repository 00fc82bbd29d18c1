import { writeSync } from 'node:fs';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';

// Produces numbers in transactions over three partitions and alone to a fourth one, and says each number on standard output
// after it was acknowledged. Its parent kills it.

const directory = process.argv[2] as string;
let number = Number(process.argv[3]);

const topicDefaults = { 'segment.bytes': 64 * 1024 };
const broker = await EmbeddedBroker.open({ directory, topicDefaults, flushIntervalMs: 5, maintenanceIntervalMs: 10 });
if (!(await broker.admin.listTopics()).includes('numbers')) {
  await broker.admin.createTopics([
    { name: 'numbers', partitions: 4 },
    { name: 'latest', partitions: 1, config: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': 0.01 } },
  ]);
}
const transactional = await broker.openTransactionalProducer('numbers');
const plain = await broker.openProducer();

for (;;) {
  number += 1;
  const record = {
    key: Buffer.from(`key-${number % 50}`),
    value: Buffer.from(String(number)),
    timestamp: Date.now(),
    headers: NO_HEADERS,
  };
  const padding = { ...record, value: Buffer.alloc(number % 3000, 'x') };
  await transactional.send([
    { topic: 'numbers', partition: 0, records: [record, padding] },
    { topic: 'numbers', partition: 1, records: [record] },
    { topic: 'numbers', partition: 2, records: [padding, record] },
    { topic: 'latest', partition: 0, records: [record] },
  ]);
  await transactional.sendOffsets('group', [{ topic: 'numbers', partition: 0, offset: number }]);
  await transactional.commit();
  await plain.send([{ topic: 'numbers', partition: 3, records: [record] }]);
  writeSync(1, `${number}\n`);
}
