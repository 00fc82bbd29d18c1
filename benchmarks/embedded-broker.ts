import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedBroker } from '../src/broker/embedded/embedded-broker.ts';
import { NO_HEADERS } from '../src/core/headers.ts';
import type { Broker, ProducedRecord } from '../src/broker/port.ts';

// What a record costs in the embedded broker: npm run bench:broker [records]

const RECORDS = Number(process.argv[2] ?? 1_000_000);
const VALUE_BYTES = 200;
const BATCH = 1000;
const TRANSACTION = 2000;
const PARTITIONS = 8;
const NOW_MS = Date.now();

const records: readonly ProducedRecord[] = Array.from({ length: BATCH }, (_, index) => ({
  key: Buffer.from(`order-${index}`),
  value: Buffer.alloc(VALUE_BYTES, index),
  timestamp: NOW_MS + index,
  headers: NO_HEADERS,
}));

for (const where of ['memory', 'disk'] as const) {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-benchmark-'));
  const broker = await (where === 'disk' ? EmbeddedBroker.open({ directory }) : EmbeddedBroker.inMemory());
  await broker.admin.createTopics([
    { name: 'plain', partitions: PARTITIONS },
    { name: 'transactional', partitions: PARTITIONS },
  ]);
  await measure(`${where}: send, batches of ${BATCH}`, () => produce(broker));
  await measure(`${where}: fetch`, () => consume(broker, 'plain'));
  await measure(`${where}: transactions of ${TRANSACTION} over ${PARTITIONS} partitions`, () => transact(broker));
  await measure(`${where}: produce and fetch at once`, () => pipe(broker));
  await broker.close();
  rmSync(directory, { recursive: true, force: true });
}

async function produce(broker: Broker): Promise<void> {
  const producer = await broker.openProducer();
  for (let sent = 0; sent < RECORDS; sent += BATCH) {
    await producer.send([{ topic: 'plain', partition: (sent / BATCH) % PARTITIONS, records }]);
  }
}

async function consume(broker: Broker, topic: string): Promise<void> {
  const consumer = await broker.openConsumer();
  consumer.assign(Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, offset: 0 })));
  for (let seen = 0; seen < RECORDS;) {
    const { batches } = await consumer.poll({ maxWaitMs: 1000, maxBytes: 1024 * 1024 });
    for (const batch of batches) seen += batch.records.length;
  }
  await consumer.close();
}

async function transact(broker: Broker): Promise<void> {
  const producer = await broker.openTransactionalProducer('benchmark');
  const share = records.slice(0, TRANSACTION / PARTITIONS);
  for (let sent = 0; sent < RECORDS; sent += TRANSACTION) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await producer.send([{ topic: 'transactional', partition, records: share }]);
    }
    await producer.sendOffsets('benchmark', [{ topic: 'plain', partition: 0, offset: sent }]);
    await producer.commit();
  }
}

async function pipe(broker: Broker): Promise<void> {
  await broker.admin.createTopics([{ name: 'piped', partitions: PARTITIONS }]);
  const consumed = consume(broker, 'piped');
  const producer = await broker.openProducer();
  for (let sent = 0; sent < RECORDS; sent += BATCH) {
    await producer.send([{ topic: 'piped', partition: (sent / BATCH) % PARTITIONS, records }]);
  }
  await consumed;
}

async function measure(name: string, action: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await action();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round(RECORDS / seconds).toLocaleString('en');
  console.log(`${name}: ${rate} records/s, ${((user + system) / RECORDS).toFixed(3)} µs CPU per record`);
}
