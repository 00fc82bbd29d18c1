import { describe, expect, test } from 'vitest';
import type { TopicConfig } from '../../../src/broker/port.ts';
import { createTopic, record, valuesOf } from '../broker-harness.ts';
import { diskHarness, memoryHarness } from './embedded-harness.ts';

const START_MS = 1_700_000_000_000;

describe.each([
  ['in memory', memoryHarness],
  ['on disk', diskHarness],
])('retention %s', (_name, createHarness) => {
  /** A topic with one record in each segment, a second apart, the last segment being open. */
  async function prepare(config: TopicConfig) {
    const clock = { nowMs: START_MS, now: () => clock.nowMs };
    const harness = await createHarness({ clock });
    const topic = await createTopic(harness.broker, 1, { 'segment.bytes': 1, ...config });
    const producer = await harness.broker.openProducer();
    for (let index = 0; index < 5; index++) {
      clock.nowMs = START_MS + index * 1000;
      await producer.send([{ topic, partition: 0, records: [record('k', `v${index}`, clock.nowMs)] }]);
    }
    return { harness, topic, clock, producer };
  }

  test('by age removes closed segments whose newest record is too old', async () => {
    const { harness, topic, clock } = await prepare({ 'retention.ms': 2500 });
    await using _ = harness;
    await harness.broker.maintain();
    expect(await valuesOf(harness.broker, topic)).toEqual(['v2', 'v3', 'v4']);
    clock.nowMs += 1000;
    await harness.broker.maintain();
    expect(await valuesOf(harness.broker, topic)).toEqual(['v3', 'v4']);
  });

  test('by age removes everything in the end, and offsets go on, also after a restart', async () => {
    const { harness, topic, clock } = await prepare({ 'retention.ms': 2500 });
    await using _ = harness;
    clock.nowMs += 3000;
    await harness.broker.maintain();
    expect(await valuesOf(harness.broker, topic)).toEqual([]);
    const broker = await harness.reopen();
    expect(await broker.admin.listOffsets([{ topic, partition: 0 }], 'earliest')).toEqual([
      { topic, partition: 0, offset: 5 },
    ]);
    const records = [record('k', 'v5', clock.nowMs)];
    expect(await (await broker.openProducer()).send([{ topic, partition: 0, records }])).toEqual([6]);
    expect(await valuesOf(broker, topic)).toEqual(['v5']);
  });

  test('by size removes the oldest closed segments above it', async () => {
    const { harness, topic } = await prepare({ 'retention.ms': -1, 'retention.bytes': 200 });
    await using _ = harness;
    await harness.broker.maintain();
    expect(await valuesOf(harness.broker, topic)).toEqual(['v2', 'v3', 'v4']);
  });

  test('without limits, or in a topic that is only compacted, nothing is removed', async () => {
    const kept = ['v0', 'v1', 'v2', 'v3', 'v4'];
    for (const config of [
      { 'retention.ms': -1 },
      { 'cleanup.policy': 'compact', 'retention.ms': 1, 'min.cleanable.dirty.ratio': 2 },
    ] as const) {
      const { harness, topic, clock } = await prepare(config);
      await using _ = harness;
      clock.nowMs += 1e12;
      await harness.broker.maintain();
      expect(await valuesOf(harness.broker, topic)).toEqual(kept);
    }
  });

  test('of a topic that is compacted and deleted removes by age too', async () => {
    const { harness, topic } = await prepare({ 'cleanup.policy': 'compact,delete', 'retention.ms': 2500 });
    await using _ = harness;
    await harness.broker.maintain();
    expect(await valuesOf(harness.broker, topic)).toEqual(['v3', 'v4']);
  });

  test('a segment older than segment.ms is closed by the next append', async () => {
    const { harness, topic, clock, producer } = await prepare({
      'segment.bytes': 1_000_000,
      'segment.ms': 1500,
      'retention.ms': 2500,
    });
    await using _ = harness;
    clock.nowMs += 1000;
    await producer.send([{ topic, partition: 0, records: [record('k', 'v5', clock.nowMs)] }]);
    await harness.broker.maintain();
    expect(await valuesOf(harness.broker, topic)).toEqual(['v2', 'v3', 'v4', 'v5']);
  });
});
