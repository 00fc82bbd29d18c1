import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { partitionForKey } from '../../src/core/murmur2.ts';
import { StreamsBuilder } from '../../src/index.ts';
import type { Application } from '../../src/runtime/application.ts';
import { json } from '../../src/serde/json-serde.ts';
import type { Topology } from '../../src/topology/topology.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  recordsBy,
  temporaryDirectory,
} from './application-fixtures.ts';
import { chainOf, countByTopology } from './fixtures.ts';
import { InProcessWorkers } from './in-process-workers.ts';
import { runningTasks, until } from './instances.ts';

const PARTITIONS = 4;

type Given = Parameters<typeof applicationOf>[0];

interface Process {
  readonly application: Application;
  readonly workers: InProcessWorkers;
}

/** The broker of a test, with its topics. */
async function brokerWith(...topics: readonly string[]): Promise<EmbeddedBroker> {
  const broker = await EmbeddedBroker.inMemory();
  for (const topic of topics) await createTopic(broker, topic, PARTITIONS);
  return broker;
}

/** An application of two threads, one in a worker, which is closed after the test if it still runs. */
function processOf(
  directory: { readonly path: string },
  given: Omit<Given, 'config'> & { readonly config?: Given['config'] },
): Process {
  const config = { stateDirectory: directory.path, threads: 2, partitions: PARTITIONS, ...given.config };
  const workers = new InProcessWorkers({ ...given, config });
  const application = applicationOf({ ...given, config, threadHost: workers });
  onTestFinished(() => application.close().catch(() => undefined));
  return { application, workers };
}

/** Resolves when every thread runs its share of so many tasks. */
async function untilShared({ application }: Process, tasks: number): Promise<void> {
  const shares = (): number[] => application.status().threads.map(({ active }) => active.length);
  await until(
    () =>
      application.state === 'RUNNING' &&
      runningTasks(application.status()).length === tasks &&
      shares().every((share) => share === tasks / 2),
  );
}

function forwarding(): Topology {
  return chainOf((record, context) => context.forward(record));
}

test('a worker has its share of the tasks, and status and metrics are of all threads', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith('input');
  const one = processOf(directory, { topology: countByTopology(), broker });
  const { application } = one;
  await application.start();
  await untilShared(one, 2 * PARTITIONS);
  await produce(broker, 'input', recordsBy(400, 20));
  await drained(application);

  const { threads } = application.status();
  await application.close();

  expect(threads.map(({ index, state }) => ({ index, state }))).toEqual([
    { index: 0, state: 'RUNNING' },
    { index: 1, state: 'RUNNING' },
  ]);
  // Each record goes through both sub-topologies.
  expect(application.metrics()).toMatchObject({ recordsProcessed: 800, recordsEmitted: 800 });
  const counts = new Map((await readAll(broker, 'counts')).map(({ key, value }) => [key, value]));
  expect([...counts.values()]).toEqual(Array.from({ length: 20 }, () => 20));
  await broker.close();
});

test('threads of one process start from the state that another of them has left', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith('input');
  await produce(broker, 'input', recordsBy(400, 20));
  const first = processOf(directory, { topology: countByTopology(), broker });
  await first.application.start();
  await untilShared(first, 2 * PARTITIONS);
  await drained(first.application);
  await first.application.close();
  const alone = applicationOf({
    ...{ topology: countByTopology(), broker, config: { stateDirectory: directory.path, partitions: PARTITIONS } },
  });

  await alone.start();
  await alone.close();

  expect(alone.metrics().recordsRestored).toBe(0);
  await broker.close();
});

test('a paused application processes nothing in any thread until it is resumed', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith('input');
  const one = processOf(directory, { topology: forwarding(), broker });
  const { application } = one;
  application.pause();
  await application.start();
  await untilShared(one, PARTITIONS);
  await produce(broker, 'input', recordsBy(40, 4));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(await readAll(broker, 'output')).toEqual([]);

  application.resume();
  await drained(application);

  expect(await readAll(broker, 'output')).toHaveLength(40);
  await application.close();
  await broker.close();
});

test('a worker that ends without a word is replaced, and its tasks go on', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith('input');
  const one = processOf(directory, {
    ...{ topology: forwarding(), broker },
    config: { stateDirectory: directory.path, uncaughtErrors: 'replaceThread' },
  });
  const { application, workers } = one;
  await application.start();
  await untilShared(one, PARTITIONS);
  await produce(broker, 'input', recordsBy(40, 4));
  await drained(application);

  await workers.crash();
  await produce(broker, 'input', recordsBy(40, 4));
  await until(() => workers.started === 2);
  await untilShared(one, PARTITIONS);
  await drained(application);

  expect(await readAll(broker, 'output')).toHaveLength(80);
  await application.close();
  await broker.close();
});

test('a worker that ends stops its instance by default', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith('input');
  const one = processOf(directory, { topology: forwarding(), broker });
  await one.application.start();
  await untilShared(one, PARTITIONS);

  await one.workers.crash();

  await expect(one.application.finished).rejects.toMatchObject({ code: 'RUNTIME_WORKER_ENDED' });
  expect(one.application.state).toBe('ERROR');
  await broker.close();
});

test('where all instances are to stop, another thread tells them for a worker that is gone', async () => {
  await using directory = await temporaryDirectory();
  await using otherDirectory = await temporaryDirectory();
  const broker = await brokerWith('input');
  const uncaughtErrors = 'stopApplication';
  const topology = forwarding();
  const one = processOf(directory, { topology, broker, config: { stateDirectory: directory.path, uncaughtErrors } });
  await one.application.start();
  const other = applicationOf({ topology, broker, config: { stateDirectory: otherDirectory.path, uncaughtErrors } });
  await other.start();
  const told = other.finished.catch((error: { code: string }) => error.code);

  await one.workers.crash();

  await expect(one.application.finished).rejects.toMatchObject({ code: 'RUNTIME_WORKER_ENDED' });
  expect(await told).toBe('APPLICATION_STOPPED');
  await broker.close();
});

test('an error in a worker comes with its code and place', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith('input');
  const topology = chainOf(() => {
    throw new RangeError('no');
  });
  const one = processOf(directory, { topology, broker });
  await one.application.start();
  await untilShared(one, PARTITIONS);
  const worker = one.application.status().threads[1];
  const task = worker?.active[0]?.task ?? '';
  const partition = Number(task.split('_')[1]);
  const records = recordsBy(40, 4).filter(
    ({ key }) => partitionForKey(json<any>().serialize(key), PARTITIONS) === partition,
  );

  await produce(broker, 'input', records);

  await expect(one.application.finished).rejects.toMatchObject({
    code: 'PROCESSING_FAILED',
    context: { task, partition },
  });
  await broker.close();
});

test('each thread has a copy of a global table, in a directory of its own', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith('orders', 'customers');
  const customers = Array.from({ length: 50 }, (_, key) => ({ key, value: `name ${key}` }));
  await produce(broker, 'customers', customers);
  const builder = new StreamsBuilder();
  const table = builder.globalTable<number, string>('customers', { store: 'customers' });
  builder
    .stream<number, { by: string }>('orders')
    .join(table, { key: ({ by }) => Number(by.slice(1)), join: (_, name) => name })
    .to('out');
  const one = processOf(directory, { topology: builder.build('enriched'), broker });
  await one.application.start();
  await untilShared(one, PARTITIONS);
  await produce(broker, 'orders', recordsBy(100, 50));
  await drained(one.application);
  await one.application.close();

  const names = (await readAll(broker, 'out')).map(({ value }) => value as string);
  expect(names.toSorted()).toEqual([...customers, ...customers].map(({ value }) => value).toSorted());
  const kept = await readdir(join(directory.path, 'enriched'));
  expect(kept.filter((name) => name.startsWith('global')).toSorted()).toEqual(['global', 'global-1']);
  await broker.close();
});
