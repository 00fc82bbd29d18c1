import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { batchOf, createTopic, expectError, record, valuesOf } from '../broker-harness.ts';
import { diskHarness, memoryHarness, temporaryDirectory } from './embedded-harness.ts';

describe('what the embedded broker refuses', () => {
  test.each(['', '.', '..', 'a/b', 'ü', 'x'.repeat(250)])('the topic name %j', async (name) => {
    await using harness = await memoryHarness();
    await expectError(() => harness.broker.admin.createTopics([{ name, partitions: 1 }]), 'TOPIC_INVALID');
  });

  test.each([0, -1, 1.5])('%s partitions', async (partitions) => {
    await using harness = await memoryHarness();
    await expectError(() => harness.broker.admin.createTopics([{ name: 'topic', partitions }]), 'TOPIC_INVALID');
  });

  test.each([{ 'retention.ms': -2 }, { 'segment.bytes': 0 }, { 'cleanup.policy': 'keep' }, { 'retention.seconds': 1 }])(
    'the settings %j',
    async (config) => {
      await using harness = await memoryHarness();
      const error = await expectError(() => createTopic(harness.broker, 1, config as object), 'TOPIC_INVALID');
      expect(error.message).toContain(Object.keys(config)[0]);
    },
  );

  test('a record without a key in a compacted topic', async () => {
    await using harness = await memoryHarness();
    const topic = await createTopic(harness.broker, 1, { 'cleanup.policy': 'compact' });
    const producer = await harness.broker.openProducer();
    const error = await expectError(
      () => producer.send([{ topic, partition: 0, records: [record('k', 'v'), record(null, 'v')] }]),
      'RECORD_INVALID',
    );
    expect(error.context).toEqual({ topic, partition: 0, record: 1 });
    expect(await valuesOf(harness.broker, topic)).toEqual([]);
  });
});

test('a thousand partitions are written and read with a bounded number of open files', async () => {
  await using harness = await diskHarness();
  const topic = await createTopic(harness.broker, 1000);
  const producer = await harness.broker.openProducer();
  for (let round = 0; round < 2; round++) {
    await producer.send(Array.from({ length: 1000 }, (_, partition) => batchOf(topic, partition, [`${round}`])));
  }
  const open = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  expect(open).toBeLessThan(400);
  expect(await valuesOf(harness.broker, topic, 0)).toEqual(['0', '1']);
  expect(await valuesOf(harness.broker, topic, 999)).toEqual(['0', '1']);
});

test('the journal and the log of group offsets stay short', async () => {
  await using directory = await temporaryDirectory();
  const open = () => EmbeddedBroker.open({ directory: directory.path, flushIntervalMs: 1e6, maintenanceIntervalMs: 0 });
  let broker = await open();
  const topic = await createTopic(broker, 20);
  const producer = await broker.openTransactionalProducer('id');
  for (let offset = 0; offset < 1500; offset++) {
    await producer.sendOffsets(
      'group',
      Array.from({ length: 20 }, (_, partition) => ({ topic, partition, offset })),
    );
    await producer.commit();
    if (offset % 100 === 0) await broker.maintain();
  }
  await broker.maintain();
  await broker.close();
  expect(readdirSync(join(directory.path, 'journal'))).toEqual([]);
  const segments = readdirSync(join(directory.path, 'topics', '__group_offsets', '0'));
  expect(segments).toHaveLength(2);
  broker = await open();
  expect(await broker.admin.committedOffsets('group', [{ topic, partition: 19 }])).toEqual([
    { topic, partition: 19, offset: 1499 },
  ]);
  await broker.close();
});

test('a topic that is deleted and made anew during maintenance keeps what is new', async () => {
  const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
  await using harness = await diskHarness({ clock });
  const { broker } = harness;
  const config = {
    'cleanup.policy': 'compact,delete',
    'segment.bytes': 200,
    'min.cleanable.dirty.ratio': 0,
    'retention.bytes': 2000,
  } as const;
  const topic = await createTopic(broker, 1, config);
  const producer = await broker.openProducer();
  for (let round = 0; round < 20; round++) {
    for (let index = 0; index < 30; index++) await producer.send([batchOf(topic, 0, [`old-${index % 3}`])]);
    const maintained = broker.maintain();
    for (let wait = 0; wait < round; wait++) await Promise.resolve();
    await broker.admin.deleteTopics([topic]);
    await broker.admin.createTopics([{ name: topic, partitions: 1, config }]);
    await producer.send([batchOf(topic, 0, ['new-1']), batchOf(topic, 0, ['new-2']), batchOf(topic, 0, ['new-3'])]);
    await maintained;
    expect(await valuesOf(broker, topic)).toEqual(['new-1', 'new-2', 'new-3']);
  }
  expect(await valuesOf(await harness.reopen(), topic)).toEqual(['new-1', 'new-2', 'new-3']);
});

test('with flushIntervalMs 0 an acknowledgement waits for the disk', async () => {
  await using harness = await diskHarness({ flushIntervalMs: 0 });
  const topic = await createTopic(harness.broker);
  const producer = await harness.broker.openTransactionalProducer('id');
  await producer.send([batchOf(topic, 0, ['a'])]);
  await producer.commit();
  await (await harness.broker.openProducer()).send([batchOf(topic, 0, ['b'])]);
  await harness.reopen();
  expect(await valuesOf(harness.broker, topic)).toEqual(['a', 'b']);
});

test('a loop over calls that are done at once lets timers have their turn', async () => {
  await using harness = await memoryHarness();
  const topic = await createTopic(harness.broker);
  const producer = await harness.broker.openProducer();
  let stopped = false;
  setTimeout(() => {
    stopped = true;
  }, 1);
  while (!stopped) await producer.send([batchOf(topic, 0, ['a'])]);
  expect(stopped).toBe(true);
});
