import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import type { TransactionalProducer } from '../../../src/broker/port.ts';
import { batchOf, valuesOf } from '../broker-harness.ts';
import { FaultyLogStorage, ProcessKilled } from './faulty-log-storage.ts';

const OPTIONS = { flushIntervalMs: 1e6, maintenanceIntervalMs: 0 };
// The first lets a commit go into one segment, the second makes it begin several.
const SEGMENT_SIZES = [1_000_000, 250];

/** What a reader sees: the values of both partitions, and the committed offset. */
async function visible(broker: EmbeddedBroker): Promise<unknown> {
  const [offset] = await broker.admin.committedOffsets('group', [{ topic: 'orders', partition: 0 }]);
  return [await valuesOf(broker, 'orders', 0), await valuesOf(broker, 'orders', 1), offset?.offset];
}

async function sendTransaction(producer: TransactionalProducer, name: string, offset: number): Promise<void> {
  await producer.send([batchOf('orders', 0, [`${name}1`, `${name}2`]), batchOf('orders', 1, [`${name}3`])]);
  await producer.send([batchOf('orders', 0, [`${name}4`])]);
  await producer.sendOffsets('group', [{ topic: 'orders', partition: 0, offset }]);
}

/** A broker with one transaction committed, and the second one ready to be. */
async function prepare(
  segmentBytes: number,
  flush: boolean,
): Promise<{
  storage: FaultyLogStorage;
  broker: EmbeddedBroker;
  producer: TransactionalProducer;
}> {
  const storage = new FaultyLogStorage();
  const broker = await EmbeddedBroker.openStorage(storage, {
    ...OPTIONS,
    topicDefaults: { 'segment.bytes': segmentBytes },
  });
  await broker.admin.createTopics([{ name: 'orders', partitions: 2 }]);
  const producer = await broker.openTransactionalProducer('id');
  await sendTransaction(producer, 'a', 1);
  await producer.commit();
  if (flush) await broker.flush();
  await sendTransaction(producer, 'b', 2);
  return { storage, broker, producer };
}

const BEFORE = [['a1', 'a2', 'a4'], ['a3'], 1];
const AFTER = [['a1', 'a2', 'a4', 'b1', 'b2', 'b4'], ['a3', 'b3'], 2];

describe.each(SEGMENT_SIZES)('segments of %i bytes', (segmentBytes) => {
  test.each([
    ['with a checkpoint before', true],
    ['without one', false],
  ])('a process killed at any byte of a commit, %s, leaves all of it or nothing', async (_name, flush) => {
    const whole = await prepare(segmentBytes, flush);
    const start = whole.storage.written;
    await whole.producer.commit();
    const commitBytes = whole.storage.written - start;
    expect(commitBytes).toBeGreaterThan(300);
    for (let bytes = 1; bytes <= commitBytes; bytes++) {
      const { storage, producer } = await prepare(segmentBytes, flush);
      storage.bytesToLive = bytes;
      await producer.commit().catch((error: unknown) => expect(error).toBeInstanceOf(ProcessKilled));
      const next = await EmbeddedBroker.openStorage(storage.restart(), OPTIONS);
      expect(await visible(next), `killed after ${bytes} of ${commitBytes} bytes`).toEqual(
        bytes === commitBytes ? AFTER : BEFORE,
      );
      // That the next process can go on is as much work again: now and then is enough.
      if (bytes % 5 !== 0) continue;
      const producerAfter = await next.openTransactionalProducer('id');
      await sendTransaction(producerAfter, 'c', 3);
      await producerAfter.commit();
      const last = await EmbeddedBroker.openStorage(storage.restart(), OPTIONS);
      const [zero, one] = (bytes === commitBytes ? AFTER : BEFORE) as [string[], string[]];
      expect(await visible(last)).toEqual([[...zero, 'c1', 'c2', 'c4'], [...one, 'c3'], 3]);
    }
  });

  test('a disk that is full anywhere in the middle of a commit refuses it, and takes it when there is room again', async () => {
    const whole = await prepare(segmentBytes, false);
    const start = whole.storage.written;
    await whole.producer.commit();
    const commitBytes = whole.storage.written - start;
    for (let bytes = 0; bytes < commitBytes; bytes += 3) {
      const { storage, broker, producer } = await prepare(segmentBytes, false);
      storage.freeBytes = bytes;
      // In every second case the disk does not even let go what was written in part.
      storage.stuck = bytes % 2 === 1;
      await expect(producer.commit()).rejects.toMatchObject({ code: 'BROKER_STORAGE' });
      expect(await visible(broker), `full after ${bytes} of ${commitBytes} bytes`).toEqual(BEFORE);
      const asKilled = await EmbeddedBroker.openStorage(copyOf(storage), OPTIONS);
      expect(await visible(asKilled)).toEqual(BEFORE);
      storage.freeBytes = Number.POSITIVE_INFINITY;
      storage.stuck = false;
      await producer.commit();
      expect(await visible(broker)).toEqual(AFTER);
      const next = await EmbeddedBroker.openStorage(storage.restart(), OPTIONS);
      expect(await visible(next)).toEqual(AFTER);
    }
  });
});

test('a send that the disk has no room for is refused as a whole, and the records before stay', async () => {
  const storage = new FaultyLogStorage();
  const broker = await EmbeddedBroker.openStorage(storage, OPTIONS);
  await broker.admin.createTopics([{ name: 'orders', partitions: 1 }]);
  const producer = await broker.openProducer();
  await producer.send([batchOf('orders', 0, ['a'])]);
  storage.freeBytes = 50;
  await expect(producer.send([batchOf('orders', 0, ['b', 'c'])])).rejects.toMatchObject({ code: 'BROKER_STORAGE' });
  expect(await valuesOf(broker, 'orders')).toEqual(['a']);
  storage.freeBytes = Number.POSITIVE_INFINITY;
  expect(await producer.send([batchOf('orders', 0, ['d'])])).toEqual([2]);
  const next = await EmbeddedBroker.openStorage(storage.restart(), OPTIONS);
  expect(await valuesOf(next, 'orders')).toEqual(['a', 'd']);
});

test('a process killed at any byte of a send keeps what was acknowledged before', async () => {
  for (let bytes = 1; bytes <= 120; bytes++) {
    const storage = new FaultyLogStorage();
    const broker = await EmbeddedBroker.openStorage(storage, OPTIONS);
    await broker.admin.createTopics([{ name: 'orders', partitions: 1 }]);
    const producer = await broker.openProducer();
    await producer.send([batchOf('orders', 0, ['a', 'b'])]);
    storage.bytesToLive = bytes;
    const acknowledged = await producer.send([batchOf('orders', 0, ['c', 'd'])]).then(
      () => true,
      () => false,
    );
    const next = await EmbeddedBroker.openStorage(storage.restart(), OPTIONS);
    expect(await valuesOf(next, 'orders')).toEqual(acknowledged ? ['a', 'b', 'c', 'd'] : ['a', 'b']);
  }
});

function copyOf(storage: FaultyLogStorage): FaultyLogStorage {
  const copy = new FaultyLogStorage();
  for (const path of filesBelow(storage, '')) {
    copy.write(path, 0, [Buffer.from(storage.read(path, 0, storage.size(path) ?? 0))]);
  }
  return copy;
}

function filesBelow(storage: FaultyLogStorage, directory: string): string[] {
  const roots =
    directory === ''
      ? ['checkpoint', 'journal', 'topics']
      : storage.list(directory).map((name) => `${directory}/${name}`);
  return roots.flatMap((path) => (storage.size(path) === undefined ? filesBelow(storage, path) : [path]));
}
