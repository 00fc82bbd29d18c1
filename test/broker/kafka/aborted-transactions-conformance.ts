import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaBroker, KafkaBrokerOptions } from '../../../src/broker/kafka/kafka-broker.ts';
import type { Broker, ProducedBatch, TransactionalProducer } from '../../../src/broker/port.ts';
import { batchOf, committedValuesOf, createTopic, freshId, readTo, record } from '../broker-harness.ts';
import { describeTransactionConformance } from '../transaction-conformance.ts';
import { connectKafka } from './kafka-harness.ts';
import { type PrivateKafka, startPrivateKafka } from './private-kafka.ts';

/** Writes to partition 0 of the topic and says which values are to be seen. */
type Scenario = (broker: Broker, topic: string) => Promise<readonly string[]>;

const ZERO_KEY = Buffer.alloc(4);
const LARGE = 'x'.repeat(100_000);

const scenarios: { readonly [name: string]: Scenario } = {
  'one producer aborts twice, and commits between and after': async (broker, topic) => {
    const producer = await broker.openTransactionalProducer(freshId());
    await transact(producer, batchOf(topic, 0, ['a1', 'a2']), 'abort');
    await transact(producer, batchOf(topic, 0, ['c1']), 'commit');
    await transact(producer, batchOf(topic, 0, ['a3']), 'abort');
    await transact(producer, batchOf(topic, 0, ['c2', 'c3']), 'commit');
    return ['c1', 'c2', 'c3'];
  },
  'an abort marker comes in a later answer': async (broker, topic) => {
    const producer = await broker.openTransactionalProducer(freshId());
    const aborted = Array.from({ length: 30 }, (_, index) => `${index}${LARGE}`);
    await transact(producer, batchOf(topic, 0, aborted), 'abort');
    await transact(producer, batchOf(topic, 0, ['c1']), 'commit');
    return ['c1'];
  },
  'two producers abort in another order than they began': async (broker, topic) => {
    const first = await broker.openTransactionalProducer(freshId());
    const second = await broker.openTransactionalProducer(freshId());
    await written({ broker, topic }, first, ['a1']);
    await written({ broker, topic }, second, ['b1']);
    await written({ broker, topic }, first, ['a2']);
    await second.abort();
    await first.abort();
    await transact(second, batchOf(topic, 0, ['c1']), 'commit');
    await transact(first, batchOf(topic, 0, ['c2']), 'commit');
    return ['c1', 'c2'];
  },
  'an aborted record looks like an abort marker': async (broker, topic) => {
    const producer = await broker.openTransactionalProducer(freshId());
    const looksSo = { ...record('', 'a1'), key: ZERO_KEY };
    await producer.send([{ topic, partition: 0, records: [looksSo] }]);
    await written({ broker, topic }, producer, ['a2']);
    await producer.abort();
    await producer.send([{ topic, partition: 0, records: [{ ...looksSo, value: Buffer.from('c1') }] }]);
    await producer.commit();
    return ['c1'];
  },
  'committed and aborted transactions lie within each other': async (broker, topic) => {
    const outer = await broker.openTransactionalProducer(freshId());
    const inner = await broker.openTransactionalProducer(freshId());
    await written({ broker, topic }, outer, ['a1']);
    await transact(inner, batchOf(topic, 0, ['c1']), 'commit');
    await written({ broker, topic }, outer, ['a2']);
    await transact(inner, batchOf(topic, 0, ['b1']), 'abort');
    await outer.abort();
    await written({ broker, topic }, outer, ['c2']);
    await transact(inner, batchOf(topic, 0, ['b2']), 'abort');
    await outer.commit();
    return ['c1', 'c2'];
  },
  'a producer without transactions writes between': async (broker, topic) => {
    const producer = await broker.openTransactionalProducer(freshId());
    const plain = await broker.openProducer();
    await written({ broker, topic }, producer, ['a1']);
    await plain.send([{ topic, partition: 0, records: [record('k', 'p1')] }]);
    await written({ broker, topic }, producer, ['a2']);
    await producer.abort();
    await plain.send([{ topic, partition: 0, records: [record('k', 'p2')] }]);
    return ['p1', 'p2'];
  },
  'forty transactions of four producers': async (broker, topic) => {
    const producers = await Promise.all([1, 2, 3, 4].map(() => broker.openTransactionalProducer(freshId())));
    const seen: string[] = [];
    for (let round = 0; round < 10; round++) {
      for (const [index, producer] of producers.entries()) {
        const values = Array.from({ length: 7 }, (_, each) => `${round}-${index}-${each}`);
        await written({ broker, topic }, producer, values);
        if ((round + index) % 3 === 0) seen.push(...values);
      }
      for (const [index, producer] of producers.entries()) {
        await ((round + index) % 3 === 0 ? producer.commit() : producer.abort());
      }
    }
    return seen;
  },
};

async function transact(producer: TransactionalProducer, batch: ProducedBatch, end: 'commit' | 'abort'): Promise<void> {
  await producer.send([batch]);
  await producer[end]();
}

/** Sends records, leaves the transaction open, and resolves when they are in the log. */
async function written(
  { broker, topic }: { broker: Broker; topic: string },
  producer: TransactionalProducer,
  values: readonly string[],
): Promise<void> {
  const end = async (): Promise<number> =>
    (await broker.admin.listOffsets([{ topic, partition: 0 }], 'written'))[0]?.offset ?? 0;
  const before = await end();
  await producer.send([{ topic, partition: 0, records: values.map((value) => record('k', value)) }]);
  while ((await end()) < before + values.length);
}

/** What readers see of transactions that are aborted: nothing, however they lie in the log and in answers. */
export function describeAbortedTransactions(options: Partial<KafkaBrokerOptions> = {}): void {
  let olderKafka: PrivateKafka;

  beforeAll(async () => {
    olderKafka = await startPrivateKafka({ formatArguments: ['--feature', 'transaction.version=1'] });
  });

  afterAll(async () => {
    await olderKafka[Symbol.asyncDispose]();
  });

  describe.each([
    { name: 'version 2 (KIP-890)', level: 2 },
    { name: 'version 1', level: 1 },
  ])('transactions of $name', ({ level }) => {
    let broker: KafkaBroker;

    beforeAll(async () => {
      broker = await (level === 1 ? olderKafka.connect(options) : connectKafka(options));
    });

    afterAll(async () => {
      await broker.close();
    });

    test.each(Object.entries(scenarios))('%s', async (_name, scenario) => {
      const topic = await createTopic(broker);
      const expected = await scenario(broker, topic);
      expect(await committedValuesOf(broker, topic)).toEqual(expected);

      const [end] = await broker.admin.listOffsets([{ topic, partition: 0 }], 'written');
      const endOffset = end?.offset ?? 0;
      const step = Math.ceil(endOffset / 6);
      const consumer = await broker.openConsumer();
      for (let offset = 0; offset < endOffset; offset += step) {
        const from = [{ topic, partition: 0, offset }];
        consumer.assign(from);
        const { records, positions } = await readTo(consumer, from, [{ topic, partition: 0, offset: endOffset }]);
        const values = records.get(`${topic}-0`)?.map(({ value }) => String(value)) ?? [];
        expect(values).toEqual(expected.slice(expected.length - values.length));
        expect(positions.get(`${topic}-0`)).toBe(endOffset);
      }
      await consumer.close();
    });
  });

  describe('transactions of version 1', () => {
    describeTransactionConformance(
      async () => {
        const broker = await olderKafka.connect(options);
        return {
          broker,
          reopen: () => Promise.reject(new Error('not asked')),
          [Symbol.asyncDispose]: () => broker.close(),
        };
      },
      { durable: true, tellsOffsetsDuringTransactions: false },
    );
  });
}
