import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KafkaBrokerOptions } from '../../../src/broker/kafka/kafka-broker.ts';
import { KafkaCluster } from '../../../src/broker/kafka/kafka-cluster.ts';
import type { Broker, BrokerConsumer, PartitionOffset, ProducedBatch } from '../../../src/broker/port.ts';
import { createTopic, freshId, readTo, record } from '../broker-harness.ts';
import { addressesOf } from './kafka-harness.ts';
import { type PrivateKafka, startPrivateKafka } from './private-kafka.ts';

// 500000 is the long form.
const RECORDS = Number(process.env['MILLRACE_TEST_RECORDS'] ?? 60_000);
const PARTITIONS = 6;
const BATCH = 100;
const ROUND = BATCH * PARTITIONS;

/** Three brokers of which leaders are killed while records are written and read. */
export function describeLeaderKill(options: Partial<KafkaBrokerOptions> = {}): void {
  let kafka: PrivateKafka;

  beforeAll(async () => {
    // Brokers that are gone are noticed sooner than by default (9 s).
    const settings = {
      'broker.session.timeout.ms': '3000',
      'broker.heartbeat.interval.ms': '500',
      'controller.quorum.fetch.timeout.ms': '1500',
      'controller.quorum.election.timeout.ms': '500',
    };
    kafka = await startPrivateKafka({ brokers: 3, settings });
  });

  afterAll(async () => {
    await kafka[Symbol.asyncDispose]();
  });

  test(
    'nothing is lost or doubled when leaders are killed under an idempotent producer',
    { timeout: 240_000 },
    async () => {
      await expectExact({ kafka, options }, async (broker, batchesOf, onRound) => {
        const producer = await broker.openProducer();
        let sends: Promise<unknown>[] = [];
        for (let round = 0; round * ROUND < RECORDS; round++) {
          sends.push(producer.send(batchesOf(round)));
          if (sends.length === 4) {
            await Promise.all(sends);
            sends = [];
          }
          await onRound(round);
        }
        await Promise.all(sends);
        await producer.close();
      });
    },
  );

  test(
    'nothing is lost or doubled when leaders are killed under a transactional producer',
    { timeout: 240_000 },
    async () => {
      await expectExact({ kafka, options }, async (broker, batchesOf, onRound) => {
        const producer = await broker.openTransactionalProducer(freshId());
        for (let round = 0; round * ROUND < RECORDS; round++) {
          if (round % 7 === 3) {
            await producer.send(batchesOf(1_000_000 + round));
            await producer.abort();
          }
          await producer.send(batchesOf(round));
          await producer.commit();
          await onRound(round);
        }
        await producer.close();
      });
    },
  );
}

type Produce = (
  broker: Broker,
  batchesOf: (round: number) => readonly ProducedBatch[],
  onRound: (round: number) => Promise<void>,
) => Promise<void>;

/** The cluster whose leaders are killed, and how the broker under test connects. */
interface Killing {
  readonly kafka: PrivateKafka;
  readonly options: Partial<KafkaBrokerOptions>;
}

/** Produces while a third and two thirds of the way the leader of partition 0 is killed, and counts what is in the end. */
async function expectExact({ kafka, options }: Killing, produce: Produce): Promise<void> {
  const broker = await kafka.connect({ ...options, retryTimeoutMs: 60_000, transactionTimeoutMs: 60_000 });
  const topic = await createTopic(broker, PARTITIONS);
  const live = await broker.openConsumer();
  const reading = readLive(live, topic);
  const rounds = Math.ceil(RECORDS / ROUND);
  const batchesOf = (round: number): readonly ProducedBatch[] =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic,
      partition,
      records: Array.from({ length: BATCH }, (_each, index) => record('k', String(round * BATCH + index))),
    }));
  await produce(broker, batchesOf, async (round) => {
    if (round !== Math.floor(rounds / 3) && round !== Math.floor((2 * rounds) / 3)) return;
    await killLeader(kafka, topic);
  });

  const expected = Array.from({ length: rounds * BATCH }, (_, index) => String(index));
  const from = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, offset: 0 }));
  const ends = await broker.admin.listOffsets(from, 'written');
  const { records } = await readTo(await assigned(broker, from), from, ends);
  for (const [name, some] of records)
    expect(
      some.map(({ value }) => String(value)),
      name,
    ).toEqual(expected);
  const seen = await reading(rounds * BATCH);
  for (const values of seen) expect(values).toEqual(expected);
  await broker.close();
}

async function assigned(broker: Broker, from: readonly PartitionOffset[]): Promise<BrokerConsumer> {
  const consumer = await broker.openConsumer();
  consumer.assign(from);
  return consumer;
}

/** Reads all the while; resolves with the values of each partition when there are as many as asked for. */
function readLive(consumer: BrokerConsumer, topic: string): (count: number) => Promise<readonly string[][]> {
  const seen = Array.from({ length: PARTITIONS }, (): string[] => []);
  consumer.assign(seen.map((_, partition) => ({ topic, partition, offset: 0 })));
  let wanted = Infinity;
  const reading = (async () => {
    while (seen.some(({ length }) => length < wanted)) {
      const { batches } = await consumer.poll({ maxWaitMs: 100, maxBytes: 1024 * 1024 });
      for (const { partition, records } of batches) {
        for (const { value } of records) seen[partition]?.push(String(value));
      }
    }
    return seen;
  })();
  reading.catch(() => undefined);
  return (count) => {
    wanted = count;
    return reading;
  };
}

async function killLeader(kafka: PrivateKafka, topic: string): Promise<void> {
  const cluster = await KafkaCluster.connect({
    bootstrap: addressesOf(kafka.server.bootstrap()),
    clientId: 'killer',
    connectTimeoutMs: 1000,
    requestTimeoutMs: 5000,
    retryTimeoutMs: 20_000,
  });
  await cluster.topic(topic);
  const leader = cluster.leaderOf(topic, 0);
  await cluster.close();
  const victim = kafka.server.brokers.find(({ id }) => id === leader);
  await victim?.kill();
  victim?.start();
}
