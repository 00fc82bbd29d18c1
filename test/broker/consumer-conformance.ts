import { describe, expect, test } from 'vitest';
import type { Broker, PartitionOffset } from '../../src/broker/port.ts';
import { batchOf, createTopic, type CreateHarness, expectError, freshId, readTo, valuesOf } from './broker-harness.ts';

const NOW = { maxWaitMs: 0, maxBytes: 1024 * 1024 };
const PATIENT = { maxWaitMs: 25_000, maxBytes: 1024 * 1024 };

/** Fetching from assigned partitions. */
export function describeConsumerConformance(createHarness: CreateHarness): void {
  describe('consumer', () => {
    test('reads each partition from its offset on', async () => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [
        ['a', 'b', 'c'],
        ['d', 'e'],
      ]);
      const consumer = await harness.broker.openConsumer();
      const from = [
        { topic, partition: 0, offset: 2 },
        { topic, partition: 1, offset: 0 },
      ];
      consumer.assign(from);
      const { records, positions } = await readTo(
        consumer,
        from,
        await harness.broker.admin.listOffsets(from, 'latest'),
      );
      expect(records.get(`${topic}-0`)?.map(({ offset, value }) => [offset, String(value)])).toEqual([[2, 'c']]);
      expect(records.get(`${topic}-1`)?.map(({ offset, value }) => [offset, String(value)])).toEqual([
        [0, 'd'],
        [1, 'e'],
      ]);
      expect([...positions.values()]).toEqual([3, 2]);
    });

    test('a poll without records ends after its wait, with the ends of the partitions', async () => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [['a'], []]);
      const consumer = await harness.broker.openConsumer();
      consumer.assign([
        { topic, partition: 0, offset: 1 },
        { topic, partition: 1, offset: 0 },
      ]);
      let endOffsets: ReadonlyMap<string, number> = new Map();
      while (endOffsets.size < 2) {
        const polled = await consumer.poll({ ...NOW, maxWaitMs: 5 });
        expect(polled.batches).toEqual([]);
        ({ endOffsets } = polled);
      }
      expect([...endOffsets]).toEqual([
        [`${topic}-0`, 1],
        [`${topic}-1`, 0],
      ]);
    });

    test('a poll that waits is ended by the first record', async () => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [[], []]);
      const consumer = await harness.broker.openConsumer();
      consumer.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })));
      const polled = consumer.poll(PATIENT);
      await (await harness.broker.openProducer()).send([batchOf(topic, 1, ['at last'])]);
      const { batches, endOffsets } = await polled;
      expect(batches.map(({ partition, nextOffset }) => [partition, nextOffset])).toEqual([[1, 1]]);
      expect(endOffsets.get(`${topic}-1`)).toBe(1);
    });

    test('wakeup ends a poll that waits, and the next one goes on', async () => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [[]]);
      const consumer = await harness.broker.openConsumer();
      consumer.assign([{ topic, partition: 0, offset: 0 }]);
      const polled = consumer.poll(PATIENT);
      consumer.wakeup();
      expect((await polled).batches).toEqual([]);
      await (await harness.broker.openProducer()).send([batchOf(topic, 0, ['a'])]);
      expect((await consumer.poll(PATIENT)).batches).toHaveLength(1);
    });

    test('a paused partition brings nothing until it is resumed, and its position stays', async () => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [['a'], ['b']]);
      const consumer = await harness.broker.openConsumer();
      const both = [0, 1].map((partition) => ({ topic, partition, offset: 0 }));
      consumer.assign(both);
      consumer.pause([{ topic, partition: 0 }]);
      expect((await consumer.poll(PATIENT)).batches.map(({ partition }) => partition)).toEqual([1]);
      expect((await consumer.poll({ ...NOW, maxWaitMs: 5 })).batches).toEqual([]);
      consumer.resume([{ topic, partition: 0 }]);
      const { batches } = await consumer.poll(PATIENT);
      expect(batches.map(({ partition, nextOffset }) => [partition, nextOffset])).toEqual([[0, 1]]);
    });

    test('a new assignment replaces the old one', async () => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [['a'], ['b']]);
      const consumer = await harness.broker.openConsumer();
      consumer.assign([{ topic, partition: 0, offset: 0 }]);
      consumer.assign([{ topic, partition: 1, offset: 0 }]);
      const { batches, endOffsets } = await consumer.poll(PATIENT);
      expect(batches.map(({ partition }) => partition)).toEqual([1]);
      expect([...endOffsets.keys()]).toEqual([`${topic}-1`]);
    });

    test('few bytes bring at least one record at a time, and everything in the end', async () => {
      await using harness = await createHarness();
      const values = Array.from({ length: 50 }, (_, index) => `${index}-${'x'.repeat(500)}`);
      const topic = await topicWith(harness.broker, [values]);
      const consumer = await harness.broker.openConsumer();
      consumer.assign([{ topic, partition: 0, offset: 0 }]);
      const seen: string[] = [];
      while (seen.length < values.length) {
        const { batches } = await consumer.poll({ ...PATIENT, maxBytes: 1 });
        const records = batches.flatMap((batch) => batch.records);
        expect(records).not.toEqual([]);
        seen.push(...records.map(({ value }) => String(value)));
      }
      expect(seen).toEqual(values);
    });

    test('no partition starves while others have records', async () => {
      await using harness = await createHarness();
      const values = Array.from({ length: 30 }, (_, index) => `${index}-${'x'.repeat(200)}`);
      const topic = await topicWith(harness.broker, [values, values, values, values]);
      const consumer = await harness.broker.openConsumer();
      consumer.assign([0, 1, 2, 3].map((partition) => ({ topic, partition, offset: 0 })));
      const served = new Set<number>();
      for (let polls = 0; polls < 12; polls++) {
        const { batches } = await consumer.poll({ ...PATIENT, maxBytes: 500 });
        for (const { partition } of batches) served.add(partition);
        if (served.size === 4) break;
      }
      expect(served).toEqual(new Set([0, 1, 2, 3]));
    });

    test.each([
      ['before the first record', 1],
      ['beyond the end', 4],
    ])('an offset %s is out of range', async (_where, offset) => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [['a', 'b', 'c']]);
      await harness.broker.admin.deleteRecords([{ topic, partition: 0, offset: 2 }]);
      const consumer = await harness.broker.openConsumer();
      consumer.assign([{ topic, partition: 0, offset }]);
      const error = await expectError(() => consumer.poll(PATIENT), 'OFFSET_OUT_OF_RANGE');
      expect(error.context).toMatchObject({ topic, partition: 0 });
    });

    test('an unknown topic or partition cannot be read', async () => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [[]]);
      const consumer = await harness.broker.openConsumer();
      const read = async (position: PartitionOffset) => {
        consumer.assign([position]);
        await consumer.poll(PATIENT);
      };
      await expectError(() => read({ topic: freshId(), partition: 0, offset: 0 }), 'TOPIC_NOT_FOUND');
      await expectError(() => read({ topic, partition: 1, offset: 0 }), 'PARTITION_NOT_FOUND');
    });

    test('consumers do not disturb each other', async () => {
      await using harness = await createHarness();
      const topic = await topicWith(harness.broker, [['a', 'b']]);
      expect(await valuesOf(harness.broker, topic)).toEqual(['a', 'b']);
      expect(await valuesOf(harness.broker, topic)).toEqual(['a', 'b']);
    });
  });
}

async function topicWith(broker: Broker, values: readonly (readonly string[])[]): Promise<string> {
  const topic = await createTopic(broker, values.length);
  const producer = await broker.openProducer();
  await producer.send(
    values.flatMap((some, partition) => (some.length === 0 ? [] : [batchOf(topic, partition, some)])),
  );
  await producer.close();
  return topic;
}
