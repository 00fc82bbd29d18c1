import { describe, expect, test } from 'vitest';
import type { Broker } from '../../../src/broker/port.ts';
import {
  batchOf,
  committedValuesOf,
  createTopic,
  expectError,
  freshId,
  readAll,
  record,
  valuesOf,
} from '../broker-harness.ts';
import { connectKafka, kafkaHarness } from './kafka-harness.ts';
import { startPrivateKafka } from './private-kafka.ts';

const MEBIBYTE = 1024 * 1024;

describe('sizes', () => {
  test.each(['none', 'zstd'] as const)(
    'a record of 10 MB comes back byte for byte, compression %s',
    async (compression) => {
      await using harness = await kafkaHarness({ compression });
      const topic = await createTopic(harness.broker, 1, { 'max.message.bytes': 11 * MEBIBYTE });
      const value = Buffer.from(Array.from({ length: 10 * MEBIBYTE }, (_, index) => (index * 31) % 251));
      const records = [record('before', 'small'), { ...record('large', ''), value }, record('after', 'small')];
      await (await harness.broker.openProducer()).send([{ topic, partition: 0, records }]);
      const read = await readAll(harness.broker, [{ topic, partition: 0, offset: 0 }]);
      const values = read.records.get(`${topic}-0`)?.map((each) => each.value);
      expect(values?.map((each) => each?.length)).toEqual([5, value.length, 5]);
      expect(values?.[1]?.equals(value)).toBe(true);
    },
  );

  test('a batch larger than the topic takes is appended in parts, in order', async () => {
    await using harness = await kafkaHarness();
    const topic = await createTopic(harness.broker, 1, { 'max.message.bytes': 5000 });
    const values = Array.from({ length: 1000 }, (_, index) => `${index}-${'x'.repeat(index % 300)}`);
    const producer = await harness.broker.openProducer();
    const ends = await Promise.all([
      producer.send([batchOf(topic, 0, values)]),
      producer.send([batchOf(topic, 0, ['next'])]),
    ]);
    expect(ends).toEqual([[1000], [1001]]);
    expect(await valuesOf(harness.broker, topic)).toEqual([...values, 'next']);
  });

  test('a record that is too large in a transaction fails the transaction, and the next one works', async () => {
    await using harness = await kafkaHarness();
    const topic = await createTopic(harness.broker, 2, { 'max.message.bytes': 1000 });
    const producer = await harness.broker.openTransactionalProducer(freshId());
    await producer.send([batchOf(topic, 1, ['other']), batchOf(topic, 0, ['x'.repeat(1001)])]);
    const error = await expectError(() => producer.commit(), 'RECORD_TOO_LARGE');
    expect(error.context).toMatchObject({ topic, partition: 0 });
    await expectError(() => producer.send([batchOf(topic, 1, ['more'])]), 'RECORD_TOO_LARGE');
    await producer.abort();
    await producer.send([batchOf(topic, 0, ['fits'])]);
    await producer.commit();
    expect(await committedValuesOf(harness.broker, topic)).toEqual(['fits']);
    expect(await committedValuesOf(harness.broker, topic, 1)).toEqual([]);
  });

  test('many partitions and many bytes at once arrive in order', async () => {
    await using harness = await kafkaHarness();
    const topic = await createTopic(harness.broker, 10);
    const producer = await harness.broker.openProducer();
    const valuesAt = (partition: number) =>
      Array.from({ length: 300 }, (_, index) => `${partition}-${index}-${'y'.repeat(5000)}`);
    const sends = Array.from({ length: 10 }, (_, partition) => batchOf(topic, partition, valuesAt(partition)));
    await Promise.all(sends.map((batch) => producer.send([batch])));
    for (let partition = 0; partition < 10; partition++) {
      expect(await valuesOf(harness.broker, topic, partition)).toEqual(valuesAt(partition));
    }
  });
});

describe('time-outs', () => {
  test('a transaction that is open for too long is aborted, and its producer is fenced', async () => {
    await using harness = await kafkaHarness({ transactionTimeoutMs: 1000 });
    const { broker } = harness;
    const topic = await createTopic(broker);
    const id = freshId();
    const producer = await broker.openTransactionalProducer(id);
    await producer.send([batchOf(topic, 0, ['too late'])]);
    // Its records are void as soon as what is written counts as committed or not.
    while ((await endOf(broker, topic, 'written')) === 0);
    while ((await endOf(broker, topic, 'latest')) !== (await endOf(broker, topic, 'written')));
    await expectError(() => producer.commit(), 'PRODUCER_FENCED');
    await producer.close();
    const next = await broker.openTransactionalProducer(id);
    await next.send([batchOf(topic, 0, ['in time'])]);
    await next.commit();
    expect(await committedValuesOf(broker, topic)).toEqual(['in time']);
  });

  test('a broker that hangs is asked again, and nothing is lost or doubled', { timeout: 240_000 }, async () => {
    await using kafka = await startPrivateKafka({});
    const broker = await kafka.connect({ requestTimeoutMs: 1500, retryTimeoutMs: 60_000 });
    const topic = await createTopic(broker);
    const producer = await broker.openProducer();
    const consumer = await broker.openConsumer();
    consumer.assign([{ topic, partition: 0, offset: 0 }]);
    await producer.send([batchOf(topic, 0, ['a'])]);
    const [server] = kafka.server.brokers;
    server?.signal('SIGSTOP');
    const sent = producer.send([batchOf(topic, 0, ['b'])]);
    // The broker takes part again once a request has timed out: another one has been sent by then.
    await expectError(async () => kafka.connect({ requestTimeoutMs: 4000, retryTimeoutMs: 0 }), 'BROKER_UNAVAILABLE');
    server?.signal('SIGCONT');
    expect(await sent).toEqual([2]);
    expect(await producer.send([batchOf(topic, 0, ['c'])])).toEqual([3]);
    const seen: string[] = [];
    while (seen.length < 3) {
      const { batches } = await consumer.poll({ maxWaitMs: 1000, maxBytes: MEBIBYTE });
      for (const { records } of batches) seen.push(...records.map(({ value }) => String(value)));
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    await broker.close();
  });

  test('closing does not wait for a broker that is gone', async () => {
    await using kafka = await startPrivateKafka({});
    const broker = await kafka.connect();
    const topic = await createTopic(broker);
    const producer = await broker.openProducer();
    await producer.send([batchOf(topic, 0, ['a'])]);
    await kafka.server.stop();
    const sent = producer.send([batchOf(topic, 0, ['b'])]);
    await Promise.all([expectError(() => sent, 'BROKER_CLOSED'), broker.close()]);
  });
});

test('several objects in one process do not disturb each other', async () => {
  const [one, other] = await Promise.all([connectKafka(), connectKafka({ clientId: 'other' })]);
  const topic = await createTopic(one);
  await (await other.openProducer()).send([batchOf(topic, 0, ['from the other'])]);
  await other.close();
  expect(await valuesOf(one, topic)).toEqual(['from the other']);
  await one.close();
});

async function endOf(broker: Broker, topic: string, at: 'latest' | 'written'): Promise<number> {
  return (await broker.admin.listOffsets([{ topic, partition: 0 }], at))[0]?.offset ?? 0;
}
