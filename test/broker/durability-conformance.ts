import { describe, expect, test } from 'vitest';
import {
  batchOf,
  committedValuesOf,
  createTopic,
  type CreateHarness,
  expectError,
  freshId,
  readAll,
  valuesOf,
} from './broker-harness.ts';

/** What is still there after the broker was closed and opened again. */
export function describeDurabilityConformance(createHarness: CreateHarness): void {
  describe('opened again', () => {
    test('topics, records and group offsets are there, and offsets go on', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker, 2, { 'cleanup.policy': 'compact' });
      const group = freshId();
      await (await harness.broker.openProducer()).send([batchOf(topic, 1, ['a', 'b'])]);
      const producer = await harness.broker.openTransactionalProducer(freshId());
      await producer.send([batchOf(topic, 0, ['c'])]);
      await producer.sendOffsets(group, [{ topic, partition: 1, offset: 2 }]);
      await producer.commit();
      const before = await readAll(harness.broker, [{ topic, partition: 1, offset: 0 }]);

      const broker = await harness.reopen();
      expect((await broker.admin.describeTopics([topic])).get(topic)).toMatchObject({
        partitions: 2,
        config: { 'cleanup.policy': 'compact' },
      });
      expect(await readAll(broker, [{ topic, partition: 1, offset: 0 }])).toEqual(before);
      expect(await committedValuesOf(broker, topic, 0)).toEqual(['c']);
      expect(await broker.admin.committedOffsets(group, [{ topic, partition: 1 }])).toEqual([
        { topic, partition: 1, offset: 2 },
      ]);
      expect(await (await broker.openProducer()).send([batchOf(topic, 1, ['d'])])).toEqual([3]);
      expect(await valuesOf(broker, topic, 1)).toEqual(['a', 'b', 'd']);
    });

    test('deleted topics, records and groups stay deleted', async () => {
      await using harness = await createHarness();
      const deleted = await createTopic(harness.broker);
      const topic = await createTopic(harness.broker);
      const group = freshId();
      await (await harness.broker.openProducer()).send([batchOf(topic, 0, ['a', 'b']), batchOf(deleted, 0, ['c'])]);
      await harness.broker.admin.commitOffsets(group, [{ topic, partition: 0, offset: 2 }]);
      await harness.broker.admin.deleteRecords([{ topic, partition: 0, offset: 1 }]);
      await harness.broker.admin.deleteTopics([deleted]);
      await harness.broker.admin.deleteGroup(group);

      const broker = await harness.reopen();
      expect(await broker.admin.listTopics()).not.toContain(deleted);
      expect(await valuesOf(broker, topic)).toEqual(['b']);
      expect(await broker.admin.committedOffsets(group, [{ topic, partition: 0 }])).toEqual([]);
    });

    test('a transaction that was open is not there', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openTransactionalProducer(freshId());
      await producer.send([batchOf(topic, 0, ['open'])]);
      const broker = await harness.reopen();
      expect(await valuesOf(broker, topic)).toEqual([]);
    });

    test('what is used after close says so', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const { broker } = harness;
      const consumer = await broker.openConsumer();
      consumer.assign([{ topic, partition: 0, offset: 0 }]);
      const producer = await broker.openProducer();
      const polled = consumer.poll({ maxWaitMs: 25_000, maxBytes: 1000 });
      await Promise.all([expectError(() => polled, 'BROKER_CLOSED'), broker.close()]);
      await broker.close();
      await expectError(() => producer.send([batchOf(topic, 0, ['a'])]), 'BROKER_CLOSED');
      await expectError(() => broker.openConsumer(), 'BROKER_CLOSED');
      await expectError(() => broker.admin.listTopics(), 'BROKER_CLOSED');
    });
  });
}
