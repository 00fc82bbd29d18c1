import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafkaServer } from '../scripts/services/kafka-server.ts';
import type { Compression } from '../src/broker/kafka/compression.ts';
import { KafkaBroker } from '../src/broker/kafka/kafka-broker.ts';
import type { Broker, ProducedRecord } from '../src/broker/port.ts';
import { NO_HEADERS } from '../src/core/headers.ts';

// What a record costs on Kafka, against one real broker on this machine: npm run bench:kafka [records]

const RECORDS = Number(process.argv[2] ?? 1_000_000);
const VALUE_BYTES = 200;
const BATCH = 2000;
const PARTITIONS = 8;
const NOW_MS = Date.now();

const records: readonly ProducedRecord[] = Array.from({ length: BATCH }, (_, index) => ({
  key: Buffer.from(`order-${index}`),
  value: Buffer.alloc(VALUE_BYTES, index),
  timestamp: NOW_MS + index,
  headers: NO_HEADERS,
}));

const dataDirectory = mkdtempSync(join(tmpdir(), 'millrace-benchmark-'));
const server = await startKafkaServer({ dataDirectory, javaOptions: [] });
try {
  for (const compression of ['none', 'lz4', 'zstd', 'snappy', 'gzip'] as const) await benchmark(compression);
} finally {
  await server.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
}

async function benchmark(compression: Compression): Promise<void> {
  const [host = '', port] = server.bootstrap().split(':');
  const broker = await KafkaBroker.connect({ brokers: [{ host, port: Number(port) }], compression });
  const plain = `plain-${compression}`;
  const transactional = `transactional-${compression}`;
  await broker.admin.createTopics([plain, transactional].map((name) => ({ name, partitions: PARTITIONS })));
  await measure(`${compression}: send, batches of ${BATCH}`, () => produce(broker, plain));
  await measure(`${compression}: fetch`, () => consume(broker, plain));
  await measure(`${compression}: transactions of ${BATCH} over ${PARTITIONS} partitions, with offsets`, () =>
    transact(broker, transactional),
  );
  await broker.close();
}

/** Four sends at a time, as an application that does not wait for each. */
async function produce(broker: Broker, topic: string): Promise<void> {
  const producer = await broker.openProducer();
  const sends: Promise<unknown>[] = [];
  for (let sent = 0; sent < RECORDS; sent += BATCH) {
    sends.push(producer.send([{ topic, partition: (sent / BATCH) % PARTITIONS, records }]));
    if (sends.length > 8) await sends.shift();
  }
  await Promise.all(sends);
  await producer.close();
}

async function consume(broker: Broker, topic: string): Promise<void> {
  const consumer = await broker.openConsumer();
  consumer.assign(Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, offset: 0 })));
  for (let seen = 0; seen < RECORDS;) {
    const { batches } = await consumer.poll({ maxWaitMs: 1000, maxBytes: 4 * 1024 * 1024 });
    for (const batch of batches) seen += batch.records.length;
  }
  await consumer.close();
}

async function transact(broker: Broker, topic: string): Promise<void> {
  const producer = await broker.openTransactionalProducer(`benchmark-${topic}`);
  const share = BATCH / PARTITIONS;
  const latenciesMs: number[] = [];
  for (let sent = 0; sent < RECORDS; sent += BATCH) {
    const startMs = performance.now();
    await producer.send(
      Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic,
        partition,
        records: records.slice(partition * share, (partition + 1) * share),
      })),
    );
    await producer.sendOffsets('benchmark', [{ topic, partition: 0, offset: sent }]);
    await producer.commit();
    latenciesMs.push(performance.now() - startMs);
  }
  await producer.close();
  latenciesMs.sort((one, other) => one - other);
  const at = (share: number): string => (latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0).toFixed(1);
  console.log(`  transaction: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

async function measure(name: string, run: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await run();
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round(RECORDS / seconds).toLocaleString('en');
  console.log(`${name}: ${rate} records/s, ${((user + system) / RECORDS).toFixed(2)} µs CPU per record`);
}
