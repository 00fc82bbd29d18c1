import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import type { KStream } from '../../src/dsl/k-stream.ts';
import type { KTable } from '../../src/dsl/k-table.ts';
import { hopping } from '../../src/dsl/windows/hopping.ts';
import { session } from '../../src/dsl/windows/session.ts';
import { sliding } from '../../src/dsl/windows/sliding.ts';
import { unlimited } from '../../src/dsl/windows/unlimited.ts';
import { json } from '../../src/serde/json-serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import type { Windowed } from '../../src/serde/windowed-serde.ts';
import { TopologyTestDriver, type TestRecord, type TopologyTestDriverOptions } from '../../src/testing/index.ts';
import { anyUpdates, lastOf, type Update } from './run-program.ts';

type Define = (builder: StreamsBuilder) => void;

/** Programs with tables of every kind; each writes the table it ends with to `out`. */
const programs: { readonly [name: string]: Define } = {
  'a count of a stream': (builder) => {
    builder.stream<string, number>('left').groupByKey().count({ name: 'counts' }).toStream().to('out');
  },
  'a sum of regrouped rows': (builder) => {
    builder
      .table<string, number>('left')
      .groupBy((value) => [`g${value % 2}`, value])
      .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sums' })
      .toStream()
      .to('out');
  },
  'a filtered table that is kept': (builder) => {
    builder
      .table<string, number>('left')
      .filter((value) => value > 1, { store: 'kept' })
      .toStream()
      .to('out');
  },
  // Products, for sums would hide that an old value was taken back in part.
  'a sum of products of two tables': (builder) => {
    builder
      .table<string, number>('left')
      .join(builder.table<string, number>('right'), { join: (a, b) => a * b, name: 'products' })
      .groupBy((product) => ['all', product])
      .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sum' })
      .toStream()
      .to('out');
  },
  'an outer join that is kept, of an aggregation': (builder) => {
    const counts = builder.stream<string, number>('right').groupByKey().count({ name: 'counts' });
    builder
      .table<string, number>('left')
      .outerJoin(counts, { join: (a, b) => [a, b], store: 'joined', name: 'both' })
      .toStream()
      .to('out');
  },
  'a count in hopping windows': (builder) => {
    const windows = hopping({ sizeMs: 8, advanceMs: 4, graceMs: 10 });
    named(builder.stream<string, number>('left').groupByKey().windowedBy(windows).count({ name: 'counts' })).to('out');
  },
  'a sum in sessions': (builder) => {
    const windows = session({ gapMs: 3, graceMs: 10 });
    const grouped = builder.stream<string, number | null>('left').groupByKey();
    named(grouped.windowedBy(windows).reduce((a, b) => (a ?? 0) + (b ?? 0), { name: 'sums' })).to('out');
  },
  'a sum of counts in sliding windows': (builder) => {
    builder
      .stream<string, number>('left')
      .groupByKey()
      .windowedBy(sliding({ timeDifferenceMs: 5, graceMs: 10 }))
      .count({ name: 'counts' })
      .groupBy((count, { key }) => [key, count])
      .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sums' })
      .toStream()
      .to('out');
  },
  'a sum of counts in sessions of cogrouped streams': (builder) => {
    builder
      .stream<string, number>('left')
      .groupByKey()
      .cogroup((count: number) => count + 1)
      .cogroup(builder.stream<string, number>('right').groupByKey(), (count) => count + 100)
      .windowedBy(session({ gapMs: 3, graceMs: 10 }))
      .aggregate({ initializer: () => 0, merger: (a, b) => a + b, name: 'counts' })
      .groupBy((count, { key }) => [key, count])
      .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sums' })
      .toStream()
      .to('out');
  },
  'a join with a count in unlimited windows': (builder) => {
    const windows = unlimited({ startMs: 0 });
    const grouped = builder.stream<string, number>('left').groupByKey().windowedBy(windows);
    const [counts, sums] = [grouped.count({ name: 'counts' }), grouped.reduce((a, b) => a + b, { name: 'sums' })];
    named(counts.join(sums, { join: (count, sum) => [count, sum] })).to('out');
  },
  'a foreign-key join': (builder) => {
    builder
      .table<string, number>('left')
      .leftJoin(builder.table<string, number>('right'), {
        foreignKey: (value) => (value % 2 === 0 ? 'a' : 'b'),
        join: (a, b) => [a, b],
        name: 'joined',
      })
      .toStream()
      .to('out');
  },
};

/** The updates of a windowed table under keys of text. */
function named(table: KTable<Windowed<string>, unknown>): KStream<string, unknown> {
  return table.toStream({ key: (_value, { key, start, end }) => `${key}@${start}-${end}` });
}

const CACHED = { recordCacheBytes: 1_000_000, commitsEachRecord: false };

async function run(
  define: Define,
  updates: readonly (Update | 'commit')[],
  options: TopologyTestDriverOptions,
): Promise<TestRecord<string, any>[]> {
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  define(builder);
  const topology = builder.build('program');
  const driver = new TopologyTestDriver(topology, options);
  const topics = topology.subTopologies.flatMap(({ sourceTopics }) => sourceTopics);
  for (const update of updates) {
    if (update === 'commit') await driver.commit();
    else if (topics.includes(update.topic)) {
      const { topic, key, value, timestamp } = update;
      await driver
        .createInputTopic<string, unknown>(topic, { keySerde: string() })
        .pipeInput(key, value, { timestamp });
    }
  }
  await driver.commit();
  const records = driver.createOutputTopic<string, any>('out', { keySerde: string() }).readRecords();
  await driver.close();
  return records;
}

const anyValue = fc.integer({ min: 0, max: 5 });
const anySteps = anyUpdates({ left: anyValue, right: anyValue }).chain((updates) =>
  fc
    .array(fc.nat({ max: 4 }), { minLength: updates.length, maxLength: updates.length })
    .map((dice) =>
      updates.flatMap((update, at): (Update | 'commit')[] => (dice[at] === 0 ? [update, 'commit'] : [update])),
    ),
);

/** Rows without what a sum of nothing is: it may be there or not, as in Kafka Streams. */
function rowsOf(records: readonly TestRecord<string, any>[]): Map<string, unknown> {
  return new Map([...lastOf(records)].flatMap(([key, { value }]) => (value === 0 ? [] : [[key, value] as const])));
}

describe.each(Object.entries(programs))('%s', (_name, define) => {
  test.each([
    ['all memory it needs', CACHED],
    ['room for a few updates', { ...CACHED, recordCacheBytes: 1500 }],
    ['a commit after each record', { recordCacheBytes: 1_000_000 }],
  ])('ends with the same rows when updates are held back: %s', async (_case, options) => {
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        expect(rowsOf(await run(define, steps, options))).toEqual(rowsOf(await run(define, steps, {})));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a cache', () => {
  const table: Define = (builder) => builder.table('left', { store: 'rows' }).toStream().to('out');
  const update = (key: string, value: number | null, timestamp: number): Update => ({
    topic: 'left',
    key,
    value,
    timestamp,
  });
  const emitted = async (define: Define, steps: readonly (Update | 'commit')[]): Promise<unknown[]> =>
    (await run(define, steps, CACHED)).map(({ key, value, timestamp }) => [key, value, timestamp]);

  test('emits the last update of each key, in the order in which they came', async () => {
    expect(await emitted(table, [update('a', 1, 5), update('b', 2, 6), update('a', 3, 4)])).toEqual([
      ['b', 2, 6],
      ['a', 3, 4],
    ]);
  });

  test('emits a session that grew once, and the ones it came from no more', async () => {
    const sessions: Define = (builder) => {
      const windows = session({ gapMs: 5, graceMs: 10 });
      named(builder.stream<string, number>('left').groupByKey().windowedBy(windows).count({ name: 'counts' })).to(
        'out',
      );
    };
    const steps = [update('a', 1, 1), update('a', 1, 10), 'commit', update('a', 1, 5), update('a', 1, 6)] as const;
    expect(await emitted(sessions, steps)).toEqual([
      ['a@1-1', 1, 1],
      ['a@10-10', 1, 10],
      ['a@1-1', null, 1],
      ['a@10-10', null, 10],
      ['a@1-10', 4, 10],
    ]);
  });

  test('emits nothing for a row that was not there at the last commit and is not now', async () => {
    const steps = [update('a', 1, 0), update('a', null, 1), 'commit', update('b', null, 2)] as const;
    expect(await emitted(table, steps)).toEqual([]);
  });

  test('emits the delete of a row that was there', async () => {
    const steps = [update('a', 1, 0), 'commit', update('a', 2, 1), update('a', null, 2)] as const;
    expect(await emitted(table, steps)).toEqual([
      ['a', 1, 0],
      ['a', null, 2],
    ]);
  });

  test('holds nothing back for a store without one', async () => {
    const uncached: Define = (builder) => builder.table('left', { store: 'rows', cache: false }).toStream().to('out');
    expect(await emitted(uncached, [update('a', 1, 0), update('a', 2, 1)])).toEqual([
      ['a', 1, 0],
      ['a', 2, 1],
    ]);
  });

  test('is seen through by who reads the store', async () => {
    const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
    table(builder);
    const driver = new TopologyTestDriver(builder.build('program'), CACHED);
    await driver.createInputTopic<string, number>('left', { keySerde: string() }).pipeInput('a', 7);

    expect(driver.getKeyValueStore<string, number>('rows').get('a')).toBe(7);
    expect(driver.createOutputTopic('out').isEmpty).toBe(true);
    await driver.close();
  });
});
