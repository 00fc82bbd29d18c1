import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  recordsBy,
  runUntilDrained,
  temporaryDirectory,
} from '../application-fixtures.ts';
import { chainOf, countByTopology } from '../fixtures.ts';

test('partitions are paused and resumed around a small buffer, and nothing is missed', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input', 3);
  await produce(broker, 'input', recordsBy(600, 5));
  const config = { stateDirectory: directory.path, bufferedRecordsPerPartition: 1, fetchMaxBytes: 300 };

  await runUntilDrained(applicationOf({ topology: countByTopology(), broker, config }));

  const counts = await readAll(broker, 'counts');
  expect(counts).toHaveLength(600);
  expect(counts.filter(({ value }) => value === 120)).toHaveLength(5);
});

test('drained inputs are committed at once, whatever the commit interval', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', recordsBy(10, 2));
  const config = { stateDirectory: directory.path, commitIntervalMs: 3_600_000 };
  const application = applicationOf({ topology: countByTopology(), broker, config });

  await application.start();
  await drained(application);

  expect(await readAll(broker, 'counts')).toHaveLength(10);
  await application.close();
});

test('many changes are committed early, before the inputs are drained', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', recordsBy(20_000, 20_000));
  const config = { stateDirectory: directory.path, commitIntervalMs: 3_600_000, maxBufferedBytes: 100_000 };
  const application = applicationOf({ topology: countByTopology(), broker, config });

  await application.start();
  await drained(application);

  expect(application.metrics().commits).toBeGreaterThan(10);
  await application.close();
});

test('a task that waits does not keep another from its records', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input', 2);
  await produce(broker, 'input', [
    { key: null, value: 'waits' },
    { key: null, value: 'releases' },
  ]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const topology = chainOf(async (record, context) => {
    if (record.value === 'waits') await promise;
    else resolve();
    await context.forward(record);
  });

  await runUntilDrained(applicationOf({ topology, broker, config: { stateDirectory: directory.path } }));

  expect(await readAll(broker, 'output')).toHaveLength(2);
});

test('an error in one task lets the others finish the record they are at before everything closes', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input', 2);
  await produce(broker, 'input', [
    { key: null, value: 'waits' },
    { key: null, value: 'fails' },
  ]);
  const events: string[] = [];
  const topology = chainOf(async (record) => {
    if (record.value === 'fails') throw new RangeError('no');
    await new Promise((resolve) => setImmediate(resolve));
    events.push('finished');
  });
  const application = applicationOf({
    topology,
    broker,
    config: { stateDirectory: directory.path },
    stateListener: { onStateChange: (state) => events.push(state) },
  });

  await application.start();

  await expect(application.finished).rejects.toMatchObject({ code: 'PROCESSING_FAILED' });
  expect(events).toEqual(['REBALANCING', 'RUNNING', 'finished', 'PENDING_ERROR', 'ERROR']);
});
