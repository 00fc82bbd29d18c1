import { describe, expect, test } from 'vitest';
import type { MillraceError } from '../../src/core/millrace-error.ts';
import { batchOf, createTopic, type CreateHarness, expectError, freshId, record, valuesOf } from './broker-harness.ts';

/** Topics, offsets and groups. */
export function describeAdminConformance(createHarness: CreateHarness): void {
  describe('topics', () => {
    test('a created topic is listed and described with its partitions and settings', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker, 3, { 'cleanup.policy': 'compact', 'segment.bytes': 2_000_000 });
      expect(await admin.listTopics()).toContain(topic);
      const described = await admin.describeTopics([topic, freshId()]);
      expect([...described.keys()]).toEqual([topic]);
      expect(described.get(topic)).toMatchObject({
        name: topic,
        partitions: 3,
        config: { 'cleanup.policy': 'compact', 'segment.bytes': 2_000_000 },
      });
    });

    test('a name that is taken is refused, and the topics before it in the call exist', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const taken = await createTopic(harness.broker, 2);
      const before = freshId();
      const create = [before, taken].map((name) => ({ name, partitions: 1 }));
      await expectError(() => admin.createTopics(create), 'TOPIC_ALREADY_EXISTS');
      expect((await admin.describeTopics([before])).has(before)).toBe(true);
      expect((await admin.describeTopics([taken])).get(taken)?.partitions).toBe(2);
    });

    test('of two who create a topic at once one succeeds, and both can use it afterwards', async () => {
      await using harness = await createHarness();
      const name = freshId();
      const create = async (): Promise<unknown> => {
        const result = await harness.broker.admin.createTopics([{ name, partitions: 1 }]).then(
          () => 'created',
          (error: unknown) => (error as MillraceError).code,
        );
        const producer = await harness.broker.openProducer();
        await producer.send([batchOf(name, 0, ['a'])]);
        return result;
      };
      expect(new Set(await Promise.all([create(), create()]))).toEqual(new Set(['created', 'TOPIC_ALREADY_EXISTS']));
      expect(await valuesOf(harness.broker, name)).toEqual(['a', 'a']);
    });

    test('a deleted topic is gone with its records, and its name is free', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openProducer();
      await producer.send([batchOf(topic, 0, ['old'])]);
      await admin.deleteTopics([topic]);
      expect(await admin.listTopics()).not.toContain(topic);
      await expectError(() => producer.send([batchOf(topic, 0, ['lost'])]), 'TOPIC_NOT_FOUND');
      await admin.createTopics([{ name: topic, partitions: 1 }]);
      await producer.send([batchOf(topic, 0, ['new'])]);
      expect(await valuesOf(harness.broker, topic)).toEqual(['new']);
    });

    test('a topic that does not exist cannot be deleted', async () => {
      await using harness = await createHarness();
      await expectError(() => harness.broker.admin.deleteTopics([freshId()]), 'TOPIC_NOT_FOUND');
    });
  });

  describe('offsets of partitions', () => {
    test('an empty partition begins and ends at 0', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker, 2);
      const at = [{ topic, partition: 1 }];
      expect(await admin.listOffsets(at, 'earliest')).toEqual([{ topic, partition: 1, offset: 0 }]);
      expect(await admin.listOffsets(at, 'latest')).toEqual([{ topic, partition: 1, offset: 0 }]);
      expect(await admin.listOffsets(at, 5)).toEqual([{ topic, partition: 1, offset: 0 }]);
    });

    test('a timestamp finds the first record at or after it, also where timestamps are not in order', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openProducer();
      const records = [100, 300, 200, 400].map((ms) => record('k', String(ms), 1_700_000_000_000 + ms));
      await producer.send([{ topic, partition: 0, records }]);
      const offsetAt = async (ms: number): Promise<number | undefined> =>
        (await admin.listOffsets([{ topic, partition: 0 }], 1_700_000_000_000 + ms))[0]?.offset;
      expect([await offsetAt(0), await offsetAt(100), await offsetAt(150), await offsetAt(301)]).toEqual([0, 0, 1, 3]);
      expect(await offsetAt(401)).toBe(4);
    });

    test('an unknown topic or partition is an error', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker);
      await expectError(() => admin.listOffsets([{ topic: freshId(), partition: 0 }], 'latest'), 'TOPIC_NOT_FOUND');
      await expectError(() => admin.listOffsets([{ topic, partition: 1 }], 'latest'), 'PARTITION_NOT_FOUND');
    });

    test('deleted records are gone, and those after them stay', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openProducer();
      await producer.send([batchOf(topic, 0, ['a', 'b', 'c'])]);
      await admin.deleteRecords([{ topic, partition: 0, offset: 2 }]);
      expect(await admin.listOffsets([{ topic, partition: 0 }], 'earliest')).toEqual([
        { topic, partition: 0, offset: 2 },
      ]);
      expect(await valuesOf(harness.broker, topic)).toEqual(['c']);
      await admin.deleteRecords([{ topic, partition: 0, offset: 3 }]);
      expect(await valuesOf(harness.broker, topic)).toEqual([]);
      expect(await producer.send([batchOf(topic, 0, ['d'])])).toEqual([4]);
      expect(await valuesOf(harness.broker, topic)).toEqual(['d']);
    });

    test('records beyond the end cannot be deleted', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const beyond = [{ topic, partition: 0, offset: 1 }];
      await expectError(() => harness.broker.admin.deleteRecords(beyond), 'OFFSET_OUT_OF_RANGE');
    });
  });

  describe('offsets of groups', () => {
    test('a group has no offsets until some are committed, and then the last ones', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker, 2);
      const group = freshId();
      const both = [0, 1].map((partition) => ({ topic, partition }));
      expect(await admin.committedOffsets(group, both)).toEqual([]);
      await admin.commitOffsets(group, [{ topic, partition: 0, offset: 3 }]);
      await admin.commitOffsets(group, [{ topic, partition: 0, offset: 5 }]);
      expect(await admin.committedOffsets(group, both)).toEqual([{ topic, partition: 0, offset: 5 }]);
      expect(await admin.committedOffsets(freshId(), both)).toEqual([]);
    });

    test('a deleted group has no offsets, and an unknown one may be deleted', async () => {
      await using harness = await createHarness();
      const { admin } = harness.broker;
      const topic = await createTopic(harness.broker);
      const group = freshId();
      await admin.commitOffsets(group, [{ topic, partition: 0, offset: 3 }]);
      await admin.deleteGroup(group);
      await admin.deleteGroup(freshId());
      expect(await admin.committedOffsets(group, [{ topic, partition: 0 }])).toEqual([]);
    });
  });
}
