import { glob, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';
import type { Application } from '../../src/runtime/application.ts';
import type { RestoreProgress } from '../../src/runtime/application-listener.ts';
import type { ApplicationState } from '../../src/runtime/application-state.ts';
import { resetApplication } from '../../src/runtime/reset-application.ts';
import { levelDbBackend } from '../../src/store/leveldb/leveldb-backend.ts';
import { TopologyBuilder } from '../../src/topology/topology-builder.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  recordsBy,
  runUntilDrained,
  temporaryDirectory,
} from './application-fixtures.ts';
import { chainOf, countByTopology, serdes, sourceOf } from './fixtures.ts';

const guarantees = ['exactly_once', 'at_least_once'] as const;

function lastByKey(records: readonly { key: any; value: any }[]): Record<string, unknown> {
  return Object.fromEntries(records.map(({ key, value }) => [key, value]));
}

function countOf(application: Application, key: string): number | null {
  return application.store<string, number>('counts').get(key);
}

describe.each(guarantees)('with %s', (processingGuarantee) => {
  test('a count through a repartition topic is exact, and goes on after a graceful close', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'input', 3);
    await produce(broker, 'input', recordsBy(3000, 7));
    const config = { stateDirectory: directory.path, processingGuarantee };
    const restores: RestoreProgress[] = [];

    await runUntilDrained(applicationOf({ topology: countByTopology(), broker, config }));
    await produce(broker, 'input', recordsBy(700, 7));
    const second = applicationOf({
      topology: countByTopology(),
      broker,
      config,
      stateListener: { onRestoreStart: (progress) => restores.push(progress) },
    });
    await second.start();
    await drained(second);

    expect(countOf(second, 'g0')).toBe(429 + 100);
    expect(second.metrics()).toMatchObject({ recordsProcessed: 1400, recordsEmitted: 1400, recordsRestored: 0 });
    expect(restores).toEqual([]);
    const counts = await readAll(broker, 'counts');
    expect(counts).toHaveLength(3700);
    expect(lastByKey(counts)).toMatchObject({ g0: 529, g6: 528 });
    await second.close();
    await broker.close();
  });
});

describe('restoring', () => {
  async function countedOnce(broker: Broker, stateDirectory: string, storage: 'persistent' | 'memory'): Promise<void> {
    await createTopic(broker, 'input', 2);
    await produce(broker, 'input', recordsBy(1000, 10));
    const topology = countByTopology('count-by', { storage });
    await runUntilDrained(applicationOf({ topology, broker, config: { stateDirectory } }));
  }

  async function restoredRecords(
    broker: Broker,
    stateDirectory: string,
    storage: 'persistent' | 'memory',
  ): Promise<number> {
    const topology = countByTopology('count-by', { storage });
    const application = applicationOf({ topology, broker, config: { stateDirectory } });
    await application.start();
    expect(countOf(application, 'g3')).toBe(100);
    const { recordsRestored } = application.metrics();
    await application.close();
    return recordsRestored;
  }

  test('a memory store is replayed as a whole, a store on disk not at all', async () => {
    await using directory = await temporaryDirectory();
    const memory = await EmbeddedBroker.inMemory();
    const disk = await EmbeddedBroker.inMemory();
    await countedOnce(memory, directory.path, 'memory');
    await countedOnce(disk, directory.path, 'persistent');

    expect(await restoredRecords(memory, directory.path, 'memory')).toBeGreaterThanOrEqual(10);
    expect(await restoredRecords(disk, directory.path, 'persistent')).toBe(0);
  });

  test('a wiped state directory gives the same counts from the changelog', async () => {
    await using first = await temporaryDirectory();
    await using second = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await countedOnce(broker, first.path, 'persistent');

    expect(await restoredRecords(broker, second.path, 'persistent')).toBeGreaterThanOrEqual(10);
  });

  test('a store that lags behind its changelog replays only what it lacks', async () => {
    await using directory = await temporaryDirectory();
    await using other = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await countedOnce(broker, directory.path, 'persistent');
    await produce(broker, 'input', [{ key: 1, value: { by: 'g3' } }]);
    const elsewhere = { topology: countByTopology(), broker, config: { stateDirectory: other.path } };
    await runUntilDrained(applicationOf(elsewhere));
    const restores: RestoreProgress[] = [];

    const application = applicationOf({
      topology: countByTopology(),
      broker,
      config: { stateDirectory: directory.path },
      stateListener: { onRestoreEnd: (progress) => restores.push(progress) },
    });
    await application.start();

    expect(restores).toMatchObject([{ store: 'counts', restored: 1 }]);
    expect(countOf(application, 'g3')).toBe(101);
    await application.close();
  });

  test('a store that is ahead of a lost changelog is thrown away', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await countedOnce(broker, directory.path, 'persistent');
    await broker.admin.deleteTopics(['count-by-counts-changelog']);

    const application = applicationOf({
      topology: countByTopology(),
      broker,
      config: { stateDirectory: directory.path },
    });
    await application.start();

    expect(countOf(application, 'g3')).toBeNull();
    await application.close();
  });
});

describe('an error in a processor', () => {
  test('stops the application with its place, and nothing of the open commit is visible', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'input');
    await produce(
      broker,
      'input',
      Array.from({ length: 50 }, (_, value) => ({ key: 'a', value })),
    );
    const topology = chainOf((record, context) => {
      if (record.value === 40) throw new RangeError('no');
      return context.forward(record);
    });
    const states: ApplicationState[] = [];
    const application = applicationOf({
      topology,
      broker,
      config: { stateDirectory: directory.path, sendBytes: 1 },
      stateListener: { onStateChange: (state) => states.push(state) },
    });

    await application.start();
    const error = await application.finished.catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(MillraceError);
    expect(error).toMatchObject({
      code: 'PROCESSING_FAILED',
      context: { task: '0_0', node: 'step', topic: 'input', partition: 0, offset: 40 },
    });
    expect(states).toEqual(['REBALANCING', 'RUNNING', 'PENDING_ERROR', 'ERROR']);
    expect(await readAll(broker, 'output')).toEqual([]);
    await application.close();
    expect(application.state).toBe('ERROR');
  });

  test('in init is the rejection of start', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'input');
    const builder = new TopologyBuilder();
    builder.addSource(sourceOf('source', ['input']));
    builder.addProcessor({
      name: 'broken',
      parents: ['source'],
      create: () => ({ init: (context) => void context.store('nope'), process: () => undefined }),
    });
    const application = applicationOf({
      topology: builder.build('x'),
      broker,
      config: { stateDirectory: directory.path },
    });

    await expect(application.start()).rejects.toMatchObject({
      code: 'TOPOLOGY_UNKNOWN_STORE',
      context: { task: '0_0', node: 'broken', store: 'nope' },
    });
    expect(application.state).toBe('ERROR');
  });
});

test('records with a negative timestamp are dropped, counted and committed', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', [{ key: 'a', value: { at: -1 } }]);
  const builder = new TopologyBuilder();
  builder.addSource({ ...sourceOf('source', ['input']), timestampExtractor: (record) => record.value.at });
  builder.addSink({ name: 'sink', topic: 'output', ...serdes, partitioner: null, parents: ['source'] });
  const application = applicationOf({
    topology: builder.build('n'),
    broker,
    config: { stateDirectory: directory.path },
  });

  await application.start();
  await drained(application);

  expect(application.metrics()).toMatchObject({ recordsProcessed: 0, recordsDropped: { 'negative timestamp': 1 } });
  await application.close();
});

test('an unlogged store needs no changelog', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', recordsBy(30, 3));

  await runUntilDrained(
    applicationOf({
      topology: countByTopology('u', { logged: false }),
      broker,
      config: { stateDirectory: directory.path },
    }),
  );

  expect((await broker.admin.listTopics()).filter((topic) => topic.endsWith('-changelog'))).toEqual([]);
  expect(lastByKey(await readAll(broker, 'counts'))).toEqual({ g0: 10, g1: 10, g2: 10 });
});

test('a reset makes an application start over', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', recordsBy(30, 3));
  const config = { stateDirectory: directory.path };
  await runUntilDrained(applicationOf({ topology: countByTopology(), broker, config }));

  const reset = await resetApplication({
    topology: countByTopology(),
    broker,
    storeBackend: levelDbBackend(),
    stateDirectory: directory.path,
    outputTopics: true,
  });
  await runUntilDrained(applicationOf({ topology: countByTopology(), broker, config }));

  expect(reset.topics).toEqual(['count-by-by-repartition', 'count-by-counts-changelog', 'counts']);
  expect(lastByKey(await readAll(broker, 'counts'))).toEqual({ g0: 10, g1: 10, g2: 10 });
});

test('an application runs once, and knows its stores', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  const application = applicationOf({
    topology: countByTopology(),
    broker,
    config: { stateDirectory: directory.path },
  });

  await expect(application.lag()).rejects.toMatchObject({ code: 'RUNTIME_STATE' });
  await application.start();
  await expect(application.start()).rejects.toMatchObject({ code: 'RUNTIME_STATE' });
  expect(() => application.store('nope')).toThrow('Expected a store of the topology (counts), got "nope"');
  await application.close();
  await application.close();
  expect(application.state).toBe('NOT_RUNNING');
  await application.finished;
});

test('closed before it is started it is done', async () => {
  const broker = await EmbeddedBroker.inMemory();
  const application = applicationOf({ topology: countByTopology(), broker, config: { stateDirectory: 'unused' } });

  await application.close();

  expect(application.state).toBe('NOT_RUNNING');
});

test('closed while it is starting it closes what it opened', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  const application = applicationOf({
    topology: countByTopology(),
    broker,
    config: { stateDirectory: directory.path },
  });

  const starting = application.start().catch((error: unknown) => error);
  await application.close();

  expect(await starting).toMatchObject({ code: 'RUNTIME_STATE' });
  expect(application.state).toBe('NOT_RUNNING');
  const next = applicationOf({ topology: countByTopology(), broker, config: { stateDirectory: directory.path } });
  await next.start();
  await next.close();
});

test('a store shows the entries of all its tasks', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input', 3);
  await produce(broker, 'input', recordsBy(60, 20));
  const application = applicationOf({
    topology: countByTopology(),
    broker,
    config: { stateDirectory: directory.path },
  });
  await application.start();
  await drained(application);

  const entries = await Array.fromAsync(application.store<string, number>('counts').all());

  expect(entries.map(({ key }) => key)).toEqual(Array.from({ length: 20 }, (_, n) => `g${n}`).toSorted());
  expect(new Set(entries.map(({ value }) => value))).toEqual(new Set([3]));
  await application.close();
});

test('a damaged store is restored from its changelog', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', recordsBy(300, 3));
  const config = { stateDirectory: directory.path };
  await runUntilDrained(applicationOf({ topology: countByTopology(), broker, config }));
  const [current] = await Array.fromAsync(glob(`${directory.path}/**/CURRENT`));
  await writeFile(current as string, 'damaged');

  const application = applicationOf({ topology: countByTopology(), broker, config });
  await application.start();

  expect(application.metrics().recordsRestored).toBeGreaterThanOrEqual(3);
  expect(countOf(application, 'g1')).toBe(100);
  await application.close();
});
