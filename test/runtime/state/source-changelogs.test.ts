import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import type { TopicConfig } from '../../../src/broker/port.ts';
import { type OptimizationOption, topology, type Topology } from '../../../src/index.ts';
import type { RestoreProgress } from '../../../src/runtime/application-listener.ts';
import {
  applicationOf,
  drained,
  produce,
  readAll,
  temporaryDirectory,
  type PlainRecord,
} from '../application-fixtures.ts';

type Guarantee = 'exactly_once' | 'at_least_once';

/** The sum of the rows of each group: wrong as soon as one old row is not what it was. */
function sums(optimization: OptimizationOption): Topology {
  const group = ([name]: [string, number]): string => name;
  return topology(
    'sums',
    (builder) => {
      builder
        .table<string, [string, number]>('rows', { store: 'rows-store' })
        .groupBy((row) => [group(row), row[1]])
        .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sums' })
        .toStream()
        .to('out');
    },
    { optimization },
  );
}

const anyRow = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.option(fc.tuple(fc.constantFrom('x', 'y'), fc.nat({ max: 9 })), { freq: 4 }),
});

function sumsOf(updates: readonly PlainRecord[]): Map<string, number> {
  const rows = new Map(updates.map(({ key, value }) => [key, value]));
  const expected = new Map<string, number>();
  for (const row of rows.values()) if (row !== null) expected.set(row[0], (expected.get(row[0]) ?? 0) + row[1]);
  return expected;
}

async function brokerWith(config: TopicConfig): Promise<EmbeddedBroker> {
  const broker = await EmbeddedBroker.inMemory();
  await broker.admin.createTopics([{ name: 'rows', partitions: 1, config }]);
  return broker;
}

const COMPACTED: TopicConfig = { 'cleanup.policy': 'compact' };

/** Runs until everything is committed; returns what was restored of the table. */
async function run(
  broker: EmbeddedBroker,
  stateDirectory: string,
  {
    optimization = 'all',
    guarantee = 'exactly_once',
  }: { optimization?: OptimizationOption; guarantee?: Guarantee } = {},
): Promise<RestoreProgress | undefined> {
  const ended: RestoreProgress[] = [];
  const application = applicationOf({
    topology: sums(optimization),
    broker,
    config: { stateDirectory, processingGuarantee: guarantee },
    stateListener: { onRestoreEnd: (progress) => void ended.push(progress) },
  });
  await application.start();
  await drained(application);
  await application.close();
  return ended.find(({ store }) => store === 'rows-store');
}

describe('a table whose source topic is its changelog', () => {
  test.each<Guarantee>(['exactly_once', 'at_least_once'])(
    'has the same rows after restarts, with its state or without (%s)',
    async (guarantee) => {
      const round = fc.record({ updates: fc.array(anyRow, { minLength: 1, maxLength: 8 }), loses: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4 }), async (rounds) => {
          await using kept = await temporaryDirectory();
          const broker = await brokerWith(COMPACTED);
          for (const { updates, loses } of rounds) {
            await using empty = await temporaryDirectory();
            await produce(broker, 'rows', updates);
            await run(broker, loses ? empty.path : kept.path, { guarantee });
          }
          const last = new Map((await readAll(broker, 'out')).map(({ key, value }) => [key, value]));
          const nonZero = [...last].filter(([, sum]) => sum !== 0);
          const expected = [...sumsOf(rounds.flatMap(({ updates }) => updates))].filter(([, sum]) => sum !== 0);

          expect(new Map(nonZero)).toEqual(new Map(expected));
          await broker.close();
        }),
        { numRuns: 15 },
      );
    },
    30_000,
  );

  test('has no other changelog', async () => {
    await using directory = await temporaryDirectory();
    const broker = await brokerWith(COMPACTED);
    await produce(broker, 'rows', [{ key: 'a', value: ['x', 1] }]);
    await run(broker, directory.path);

    const topics = await broker.admin.listTopics();
    expect(topics.filter((name) => name.endsWith('-changelog'))).toEqual(['sums-sums-changelog']);
    await broker.close();
  });

  test('is restored only up to what is committed', async () => {
    await using first = await temporaryDirectory();
    await using second = await temporaryDirectory();
    const broker = await brokerWith(COMPACTED);
    await produce(broker, 'rows', [
      { key: 'a', value: ['x', 1] },
      { key: 'b', value: ['x', 2] },
    ]);
    await run(broker, first.path);
    await produce(broker, 'rows', [{ key: 'a', value: ['y', 5] }]);
    const restore = await run(broker, second.path);

    expect(restore).toMatchObject({ fromOffset: 0, endOffset: 2, restored: 2 });
    expect(await readAll(broker, 'out')).toEqual([
      { key: 'x', value: 1 },
      { key: 'x', value: 3 },
      { key: 'x', value: 2 },
      { key: 'y', value: 5 },
    ]);
    await broker.close();
  });

  test('is not restored when its state is at the last commit', async () => {
    await using directory = await temporaryDirectory();
    const broker = await brokerWith(COMPACTED);
    await produce(broker, 'rows', [{ key: 'a', value: ['x', 1] }]);
    await run(broker, directory.path);

    expect(await run(broker, directory.path)).toBeUndefined();
    await broker.close();
  });
});

test('a source topic that is not compacted is no changelog', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith({});
  await run(broker, directory.path);

  expect(await broker.admin.listTopics()).toContain('sums-rows-store-changelog');
  await broker.close();
});

test('an application that has a changelog of its own must be reset before its source topic becomes one', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWith(COMPACTED);
  await run(broker, directory.path, { optimization: 'none' });

  await expect(run(broker, directory.path)).rejects.toMatchObject({ code: 'RUNTIME_OPTIMIZATION_CHANGED' });
  await broker.close();
});
