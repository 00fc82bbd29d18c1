import { describe, expect, test } from 'vitest';
import { tumbling, windowStore } from '../../src/index.ts';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { topology } from '../../src/dsl/topology-definition.ts';
import { TopologyBuilder } from '../../src/topology/topology-builder.ts';
import {
  applicationOf,
  createTopic,
  produce,
  readAll,
  runUntilDrained,
  recordsBy,
  temporaryDirectory,
} from './application-fixtures.ts';
import { countByTopology, serdes, sourceOf } from './fixtures.ts';

describe('topics', () => {
  test('a missing source topic is named', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    const application = applicationOf({
      topology: countByTopology(),
      broker,
      config: { stateDirectory: directory.path },
    });

    await expect(application.start()).rejects.toMatchObject({
      code: 'RUNTIME_SOURCE_TOPIC_MISSING',
      message: 'Expected every source topic to exist, got no topic "input"',
    });
  });

  test('an internal topic of another size is refused', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'input', 2);
    await createTopic(broker, 'count-by-by-repartition', 3);
    const application = applicationOf({
      topology: countByTopology(),
      broker,
      config: { stateDirectory: directory.path },
    });

    await expect(application.start()).rejects.toMatchObject({ code: 'RUNTIME_INTERNAL_TOPIC_MISMATCH' });
  });

  test('are created: internal ones with what they need, sinks with the default number of partitions', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'input', 3);
    const config = { stateDirectory: directory.path, partitions: 2 };
    await runUntilDrained(applicationOf({ topology: countByTopology(), broker, config }));

    const topics = await broker.admin.describeTopics([
      'count-by-by-repartition',
      'count-by-counts-changelog',
      'counts',
    ]);

    expect([...topics.values()].map(({ partitions }) => partitions)).toEqual([3, 3, 2]);
    expect(topics.get('count-by-counts-changelog')?.config['cleanup.policy']).toBe('compact');
  });

  test('are changelogs of windows that go by age too where that is asked for, as those of Kafka Streams do', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'in');
    const windows = tumbling({ sizeMs: 10_000, graceMs: 5_000 });
    const last = windowStore({ name: 'last', windowSizeMs: 1, retentionMs: 1000, changelog: 'compact,delete' });
    const program = topology('windows', (builder) => {
      const grouped = builder.stream<string, number>('in').groupByKey();
      grouped.windowedBy(windows).count({ name: 'plain' });
      grouped.windowedBy(windows).count({ name: 'aged', changelog: 'compact,delete' });
      builder.stream('in').process(() => ({ process: () => undefined }), { stores: [last] });
    });
    const config = { stateDirectory: directory.path };
    await runUntilDrained(applicationOf({ topology: program, broker, config }));

    const name = (store: string): string => `windows-${store}-changelog`;
    const topics = await broker.admin.describeTopics(
      ['plain', 'aged', 'aged-by-time', 'last', 'last-by-time'].map(name),
    );
    const kept = (store: string): unknown[] => {
      const described = topics.get(name(store))?.config;
      return [described?.['cleanup.policy'], described?.['retention.ms']];
    };
    const dayMs = 24 * 60 * 60 * 1000;
    expect(kept('plain')[0]).toBe('compact');
    expect(kept('aged')).toEqual(['compact,delete', 15_000 + dayMs]);
    expect(kept('last')).toEqual(['compact,delete', 1000 + dayMs]);
    // What is left of them there goes with the windows, not by age.
    expect(kept('aged-by-time')[0]).toBe('compact');
    expect(kept('last-by-time')[0]).toBe('compact');
    await broker.close();
  });

  test('chosen for each record are created when they are first met', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'input');
    await produce(
      broker,
      'input',
      ['x', 'y', 'x'].map((value) => ({ key: 'k', value })),
    );
    const builder = new TopologyBuilder();
    builder.addSource(sourceOf('source', ['input']));
    builder.addSink({
      name: 'sink',
      topic: (record) => `to-${record.value}`,
      ...serdes,
      partitioner: null,
      parents: ['source'],
    });
    await runUntilDrained(
      applicationOf({ topology: builder.build('d'), broker, config: { stateDirectory: directory.path } }),
    );

    expect(await readAll(broker, 'to-x')).toHaveLength(2);
    expect(await readAll(broker, 'to-y')).toHaveLength(1);
  });
});

test('a topic of a table keeps the last row of each key for ever, one of events is kept as the broker does', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  const program = topology('policies', (builder) => {
    const table = builder.table<string, number>('input');
    table
      .toStream()
      .mapValues((n) => n)
      .to('rows');
    table
      .toStream()
      .selectKey((n) => n)
      .to('rekeyed');
    table.toStream().to('shared');
    builder.stream<string, number>('input').to('shared');
    table.toStream().to('chosen', { cleanupPolicy: 'compact,delete' });
  });
  await runUntilDrained(applicationOf({ topology: program, broker, config: { stateDirectory: directory.path } }));

  const topics = await broker.admin.describeTopics(['rows', 'rekeyed', 'shared', 'chosen']);
  expect(Object.fromEntries([...topics].map(([name, { config }]) => [name, config['cleanup.policy']]))).toEqual({
    rows: 'compact',
    rekeyed: 'delete',
    shared: 'delete',
    chosen: 'compact,delete',
  });
});

test('repartition topics are purged behind the committed offset', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', recordsBy(500, 3));
  const config = { stateDirectory: directory.path, repartitionPurgeIntervalMs: 0 };
  const application = applicationOf({ topology: countByTopology(), broker, config });

  await runUntilDrained(application);

  const partition = { topic: 'count-by-by-repartition', partition: 0 };
  expect(await broker.admin.listOffsets([partition], 'earliest')).toEqual([{ ...partition, offset: 500 }]);
});
