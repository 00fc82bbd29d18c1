import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { StreamsBuilder } from '../../src/index.ts';
import {
  applicationOf,
  createTopic,
  drained,
  type PlainRecord,
  produce,
  readAll,
  runUntilDrained,
  temporaryDirectory,
} from './application-fixtures.ts';

type Call = (value: number) => Promise<number>;

/** Calls the outside for each record of `input`, and counts the results by key. */
function countCalls(call: Call): Topology {
  const builder = new StreamsBuilder();
  const called = builder.stream<number, number>('input').mapValuesAsync(call, { concurrency: 4 });
  called.to('output');
  called.groupByKey().count({ name: 'counts' });
  return builder.build('count-calls');
}

function records(from: number, to: number): PlainRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({ key: index % 3, value: from + index, timestamp: index }));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

test('no record is committed before its result, however many commits are due', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', records(0, 6));
  const gates = Array.from({ length: 6 }, () => Promise.withResolvers<void>());
  const called: number[] = [];
  const topology = countCalls(async (value) => {
    called.push(value);
    await gates[value]?.promise;
    return value;
  });
  const config = { stateDirectory: directory.path, commitIntervalMs: 1 };
  const application = applicationOf({ topology, broker, config });
  await application.start();

  // One call for each of three keys; the fourth record waits for its key, the fifth finds the task full.
  await until(() => called.length === 3);
  gates[1]?.resolve();
  gates[2]?.resolve();
  await until(() => application.metrics().recordsEmitted === 2);
  expect(await application.lag()).toBe(6);
  expect(await readAll(broker, 'output')).toEqual([]);

  for (const { resolve } of gates) resolve();
  await drained(application);
  expect((await readAll(broker, 'output')).map(({ value }) => value).toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  await application.close();
});

test('a close waits for the records in flight and commits them', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', records(0, 2));
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const topology = countCalls(async (value) => {
    calls++;
    await gate.promise;
    return value;
  });
  const application = applicationOf({ topology, broker, config: { stateDirectory: directory.path } });
  await application.start();
  await until(() => calls === 2);

  const closed = application.close();
  gate.resolve();
  await closed;

  expect(await readAll(broker, 'output')).toHaveLength(2);
  await runUntilDrained(applicationOf({ topology, broker, config: { stateDirectory: directory.path } }));
  expect(calls).toBe(2);
});

test('after a failure the calls since the last commit are made again, and exactly once holds for what comes of them', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', records(0, 200));
  const config = { stateDirectory: directory.path, commitIntervalMs: 1 };
  const calls: number[] = [];
  let failing = true;
  const topology = countCalls(async (value) => {
    calls.push(value);
    await new Promise((resolve) => setImmediate(resolve));
    if (failing && value === 120) throw new Error('down');
    return value;
  });

  const first = applicationOf({ topology, broker, config });
  await first.start();
  await expect(first.finished).rejects.toMatchObject({ code: 'PROCESSING_FAILED', context: { offset: 120 } });
  failing = false;
  const second = applicationOf({ topology, broker, config });
  await second.start();
  await drained(second);

  expect(new Set(calls).size).toBe(200);
  expect(calls.length).toBeGreaterThan(200);
  expect((await readAll(broker, 'output')).map(({ value }) => value).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 200 }, (_, index) => index),
  );
  const counts = second.store<number, number>('counts');
  expect([0, 1, 2].map((key) => counts.get(key))).toEqual([67, 67, 66]);
  await second.close();
});

test('a task that waits for calls does not keep another from its records', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  for (const topic of ['slow', 'quick']) await createTopic(broker, topic);
  await produce(broker, 'slow', [{ key: 1, value: 1 }]);
  const gate = Promise.withResolvers<void>();
  const builder = new StreamsBuilder();
  builder
    .stream<number, number>('slow')
    .mapValuesAsync(() => gate.promise)
    .to('slow-out');
  builder.stream<number, number>('quick').to('quick-out');
  const application = applicationOf({
    topology: builder.build('two'),
    broker,
    config: { stateDirectory: directory.path, commitIntervalMs: 1 },
  });
  await application.start();

  await produce(broker, 'quick', records(0, 50));
  await until(() => application.metrics().recordsProcessed >= 50);
  gate.resolve();
  await drained(application);

  expect(await readAll(broker, 'quick-out')).toHaveLength(50);
  expect(await readAll(broker, 'slow-out')).toHaveLength(1);
  await application.close();
});
