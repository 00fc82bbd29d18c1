import { describe, expect, test } from 'vitest';
import type { ProducedRecord } from '../../src/broker/port.ts';
import {
  batchOf,
  createTopic,
  type CreateHarness,
  expectError,
  freshId,
  readAll,
  record,
  valuesOf,
} from './broker-harness.ts';

/** Appending outside transactions. */
export function describeProducerConformance(createHarness: CreateHarness): void {
  describe('producer', () => {
    test('batches are acknowledged with the offset after their last record, in the order given', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker, 2);
      const producer = await harness.broker.openProducer();
      expect(await producer.send([batchOf(topic, 1, ['a', 'b']), batchOf(topic, 0, ['c'])])).toEqual([2, 1]);
      expect(await producer.send([batchOf(topic, 1, ['d'])])).toEqual([3]);
      expect(await producer.send([])).toEqual([]);
      expect(await valuesOf(harness.broker, topic, 1)).toEqual(['a', 'b', 'd']);
    });

    test('keys, values, timestamps and headers come back byte for byte', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      const records: ProducedRecord[] = [
        record('key', 'value', 0),
        { key: null, value: bytes, timestamp: 1, headers: [] },
        { key: bytes, value: null, timestamp: 2, headers: [] },
        { key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: 1_750_000_000_000, headers: [] },
        { key: Buffer.alloc(300, 1), value: Buffer.alloc(70_000, 2), timestamp: 3, headers: [] },
        {
          ...record('with', 'headers', 4),
          headers: [
            ['twice', Buffer.from('1')],
            ['twice', Buffer.from('2')],
            ['nothing', null],
            ['empty', Buffer.alloc(0)],
            ['Grüße 😀', bytes],
          ],
        },
      ];
      await (await harness.broker.openProducer()).send([{ topic, partition: 0, records }]);
      const read = await readAll(harness.broker, [{ topic, partition: 0, offset: 0 }]);
      expect(read.records.get(`${topic}-0`)).toEqual(records.map((sent, offset) => ({ ...sent, offset })));
    });

    test('what the producer does with its bytes afterwards does not change the log', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const value = Buffer.from('before');
      await (
        await harness.broker.openProducer()
      ).send([{ topic, partition: 0, records: [{ ...record('k', ''), value }] }]);
      value.write('after!');
      expect(await valuesOf(harness.broker, topic)).toEqual(['before']);
    });

    test('a batch of ten thousand records keeps its order', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const values = Array.from({ length: 10_000 }, (_, index) => `value-${index}`);
      const producer = await harness.broker.openProducer();
      for (let from = 0; from < values.length; from += 2500) {
        await producer.send([batchOf(topic, 0, values.slice(from, from + 2500))]);
      }
      expect(await valuesOf(harness.broker, topic)).toEqual(values);
    });

    test('an unknown topic or partition is an error', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker);
      const producer = await harness.broker.openProducer();
      await expectError(() => producer.send([batchOf(freshId(), 0, ['a'])]), 'TOPIC_NOT_FOUND');
      await expectError(() => producer.send([batchOf(topic, 1, ['a'])]), 'PARTITION_NOT_FOUND');
    });

    test('a record above max.message.bytes is refused and the topic stays usable', async () => {
      await using harness = await createHarness();
      const topic = await createTopic(harness.broker, 1, { 'max.message.bytes': 1000 });
      const producer = await harness.broker.openProducer();
      const error = await expectError(() => producer.send([batchOf(topic, 0, ['x'.repeat(1001)])]), 'RECORD_TOO_LARGE');
      expect(error.context).toMatchObject({ topic, partition: 0 });
      await producer.send([batchOf(topic, 0, ['fits'])]);
      expect(await valuesOf(harness.broker, topic)).toEqual(['fits']);
    });
  });
}
