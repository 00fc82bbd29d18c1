import { describe, expect, test } from 'vitest';
import {
  batchOf,
  type BrokerCapabilities,
  committedValuesOf,
  createTopic,
  type CreateHarness,
  expectError,
  freshId,
  readAll,
  valuesOf,
} from './broker-harness.ts';

/** All or nothing over partitions and group offsets. */
export function describeTransactionConformance(createHarness: CreateHarness, capabilities: BrokerCapabilities): void {
  describe('transactions', () => {
    test('nothing is seen before the commit, everything after it', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker, 2);
      const group = freshId();
      const producer = await harness.broker.openTransactionalProducer(freshId());
      await producer.send([batchOf(topic, 0, ['a', 'b']), batchOf(topic, 1, ['c'])]);
      await producer.send([batchOf(topic, 0, ['d'])]);
      await producer.sendOffsets(group, [{ topic, partition: 0, offset: 7 }]);
      expect(await valuesOf(harness.broker, topic)).toEqual([]);
      const offsets = admin.committedOffsets(group, [{ topic, partition: 0 }]);
      if (capabilities.tellsOffsetsDuringTransactions) expect(await offsets).toEqual([]);
      const ends = await producer.commit();
      expect(ends).toEqual(
        new Map([
          [`${topic}-0`, 3],
          [`${topic}-1`, 1],
        ]),
      );
      expect(await committedValuesOf(harness.broker, topic, 0)).toEqual(['a', 'b', 'd']);
      expect(await committedValuesOf(harness.broker, topic, 1)).toEqual(['c']);
      expect(await admin.committedOffsets(group, [{ topic, partition: 0 }])).toEqual([
        { topic, partition: 0, offset: 7 },
      ]);
      if (!capabilities.tellsOffsetsDuringTransactions) expect((await offsets)[0]?.offset).toBe(7);
    });

    test('of an aborted transaction nothing is ever seen, and the next one works', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const group = freshId();
      const producer = await harness.broker.openTransactionalProducer(freshId());
      await producer.abort();
      await producer.send([batchOf(topic, 0, ['dropped'])]);
      await producer.sendOffsets(group, [{ topic, partition: 0, offset: 7 }]);
      await producer.abort();
      await producer.send([batchOf(topic, 0, ['kept'])]);
      await producer.commit();
      expect(await committedValuesOf(harness.broker, topic)).toEqual(['kept']);
      expect(await harness.broker.admin.committedOffsets(group, [{ topic, partition: 0 }])).toEqual([]);
    });

    test('a transaction that never ends does not hold up others for good', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const id = freshId();
      const first = await harness.broker.openTransactionalProducer(id);
      await first.send([batchOf(topic, 0, ['left open'])]);
      const second = await harness.broker.openTransactionalProducer(id);
      await second.send([batchOf(topic, 0, ['committed'])]);
      await second.commit();
      expect(await committedValuesOf(harness.broker, topic)).toEqual(['committed']);
    });

    test('a producer is fenced by a later one with its id', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const id = freshId();
      const zombie = await harness.broker.openTransactionalProducer(id);
      await zombie.send([batchOf(topic, 0, ['zombie'])]);
      await harness.broker.openTransactionalProducer(id);
      await expectError(() => zombie.commit(), 'PRODUCER_FENCED');
      expect(await committedValuesOf(harness.broker, topic)).toEqual([]);
    });

    test('producers with different ids work side by side', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const one = await harness.broker.openTransactionalProducer(freshId());
      const other = await harness.broker.openTransactionalProducer(freshId());
      await one.send([batchOf(topic, 0, ['one'])]);
      await other.send([batchOf(topic, 0, ['other'])]);
      await other.commit();
      await one.abort();
      expect(await committedValuesOf(harness.broker, topic)).toEqual(['other']);
    });

    test('an empty commit changes nothing', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openTransactionalProducer(freshId());
      expect((await producer.commit()).size).toBe(0);
      await producer.send([batchOf(topic, 0, ['a'])]);
      await producer.commit();
      expect((await producer.commit()).size).toBe(0);
      expect(await committedValuesOf(harness.broker, topic)).toEqual(['a']);
    });

    test('offsets alone are a transaction', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const group = freshId();
      const producer = await harness.broker.openTransactionalProducer(freshId());
      await producer.sendOffsets(group, [{ topic, partition: 0, offset: 1 }]);
      await producer.sendOffsets(group, [{ topic, partition: 0, offset: 2 }]);
      await producer.commit();
      const committed = await harness.broker.admin.committedOffsets(group, [{ topic, partition: 0 }]);
      expect(committed).toEqual([{ topic, partition: 0, offset: 2 }]);
    });

    test('after many transactions the next offset reaches the end', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openTransactionalProducer(freshId());
      for (let index = 0; index < 20; index++) {
        await producer.send([batchOf(topic, 0, [`v${index}`])]);
        if (index % 5 === 4) await producer.abort();
        else await producer.commit();
      }
      expect(await committedValuesOf(harness.broker, topic)).toHaveLength(16);
      const { records, positions } = await readAll(harness.broker, [{ topic, partition: 0, offset: 0 }]);
      const [end] = await harness.broker.admin.listOffsets([{ topic, partition: 0 }], 'latest');
      expect(records.get(`${topic}-0`)).toHaveLength(16);
      expect(positions.get(`${topic}-0`)).toBe(end?.offset);
    });

    test('an unknown topic is an error at send, and the producer may go on after abort', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openTransactionalProducer(freshId());
      await expectError(() => producer.send([batchOf(freshId(), 0, ['a'])]), 'TOPIC_NOT_FOUND');
      await producer.abort();
      await producer.send([batchOf(topic, 0, ['b'])]);
      await producer.commit();
      expect(await committedValuesOf(harness.broker, topic)).toEqual(['b']);
    });

    test('a closed producer is not usable, and its open transaction is never seen', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openTransactionalProducer(freshId());
      await producer.send([batchOf(topic, 0, ['a'])]);
      await producer.close();
      await expectError(() => producer.commit(), 'TRANSACTION_STATE');
      expect(await committedValuesOf(harness.broker, topic)).toEqual([]);
    });
  });
}
