import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts';
import { json } from '../../../src/serde/json-serde.ts';
import { string } from '../../../src/serde/string-serde.ts';
import { TopologyTestDriver } from '../../../src/testing/index.ts';
import { describe as describeTopology } from '../../../src/topology/describe.ts';
import { optimize, type OptimizationOption } from '../../../src/topology/optimizer/optimize.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { anyUpdates, type Update } from '../../dsl/run-program.ts';

type Define = (builder: StreamsBuilder) => void;

function program(define: Define, optimization: OptimizationOption = 'none'): Topology {
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  define(builder);
  return builder.build('app', { optimization });
}

/** Counts and sums of the same new key, and a join of the two. */
const twiceRepartitioned: Define = (builder) => {
  const byValue = builder.stream<string, number>('in').selectKey((value) => `v${value}`);
  const counts = byValue.groupByKey().count({ name: 'counts' });
  const sums = byValue.groupByKey().reduce((a, b) => a + b, { name: 'sums' });
  counts.toStream().to('counts-out');
  counts
    .join(sums, { join: (count, sum) => [count, sum], name: 'both' })
    .toStream()
    .to('out');
};

/** As `twiceRepartitioned`, with filters and peeks between the new key and the topics. */
const repartitionedBehindFilters: Define = (builder) => {
  const byValue = builder.stream<string, number>('in').selectKey((value) => `v${value}`);
  const some = byValue.filter((value) => value > 0).peek(() => undefined);
  const counts = some.groupByKey().count({ name: 'counts' });
  const sums = byValue
    .filterNot((value) => value > 2)
    .groupByKey()
    .reduce((a, b) => a + b, { name: 'sums' });
  counts.toStream().to('counts-out');
  counts
    .outerJoin(sums, { join: (count, sum) => [count, sum], name: 'both' })
    .toStream()
    .to('out');
  byValue.groupByKey().count({ name: 'all' });
  // What else follows a filter stays where it is.
  const others = byValue.filter((value) => value === 1);
  others.to('others');
  others.groupByKey().count({ name: 'ones' });
};

const selfJoin: Define = (builder) => {
  const stream = builder.stream<string, number>('in');
  const window = { beforeMs: 4, afterMs: 9, graceMs: 2 };
  stream.join(stream, { join: (a, b) => [a, b], window, name: 'self' }).to('out');
};

async function run(topology: Topology, updates: readonly Update[]): Promise<unknown> {
  const driver = new TopologyTestDriver(topology);
  const input = driver.createInputTopic<string, unknown>('in', { keySerde: string() });
  for (const { key, value, timestamp } of updates) await input.pipeInput(key, value, { timestamp });
  const outputs = ['out', 'counts-out', 'others'].map((topic) =>
    driver.createOutputTopic<string, unknown>(topic, { keySerde: string() }).readRecords(),
  );
  await driver.close();
  return outputs;
}

describe('an optimized topology', () => {
  test.each(Object.entries({ twiceRepartitioned, repartitionedBehindFilters, selfJoin }))(
    'writes the same: %s',
    async (_name, define) => {
      await fc.assert(
        fc.asyncProperty(anyUpdates({ in: fc.integer({ min: 0, max: 3 }) }), async (updates) => {
          expect(await run(program(define, 'all'), updates)).toEqual(await run(program(define), updates));
        }),
        { numRuns: 60 },
      );
    },
  );

  test('leaves the one it is made of as it was', () => {
    const topology = program(twiceRepartitioned);
    const before = describeTopology(topology);

    expect(describeTopology(optimize(topology, 'all'))).not.toBe(before);
    expect(describeTopology(topology)).toBe(before);
    expect(optimize(topology, 'none')).toBe(topology);
  });

  test('is the same when it is optimized again', () => {
    for (const define of [twiceRepartitioned, repartitionedBehindFilters]) {
      const once = program(define, 'all');
      expect(describeTopology(optimize(once, 'all'))).toBe(describeTopology(once));
    }
  });

  test('needs optimizations that are known', () => {
    expect(() => program(selfJoin, ['everything'] as never)).toThrow(/Expected `optimization` to be .*"everything"/);
    expect(() => program(selfJoin, 'some' as never)).toThrow(/got "some"/);
  });
});

describe('mergeRepartitionTopics', () => {
  test('sends a stream through the first of its repartition topics only', () => {
    const topology = program(twiceRepartitioned, ['mergeRepartitionTopics']);

    expect([...topology.repartitionTopics.keys()]).toEqual(['counts-repartition']);
    expect(topology.subTopologies.map(({ sourceTopics }) => sourceTopics)).toEqual([['in'], ['counts-repartition']]);
    expect(topology.coPartitionGroups).toEqual([]);
    expect(describeTopology(topology)).not.toContain('sums-repartition');
  });

  test('puts filters and peeks that stand before one of them behind it, but none that something else follows', () => {
    const topology = program(repartitionedBehindFilters, ['mergeRepartitionTopics']);

    expect([...topology.repartitionTopics.keys()]).toEqual(['counts-repartition', 'ones-repartition']);
    const [, behind] = topology.subTopologies;
    const kinds = behind?.nodes.map((name) => name.replace(/-\d+$/, '')) ?? [];
    expect(kinds).toEqual(expect.arrayContaining(['KSTREAM-FILTER', 'KSTREAM-PEEK', 'counts', 'sums', 'all']));
    expect(behind?.nodes).not.toContain('ones');
  });

  test('keeps those that are not alike', () => {
    const topology = program((builder) => {
      const byValue = builder.stream<string, number>('in').selectKey((value) => value);
      byValue.repartition({ name: 'one', partitions: 1 }).to('a');
      byValue.repartition({ name: 'two', partitions: 2 }).to('b');
      byValue.repartition({ name: 'other', partitions: 1, partitioner: () => 0 }).to('c');
      byValue.repartition({ name: 'text', partitions: 1, keySerde: json() }).to('d');
    }, 'all');

    expect([...topology.repartitionTopics.keys()]).toEqual([
      'one-repartition',
      'two-repartition',
      'other-repartition',
      'text-repartition',
    ]);
  });

  test('keeps apart where records without a key go on and where they end', () => {
    const topology = program((builder) => {
      const byValue = builder.stream<string, number>('in').selectKey((value) => `${value}`);
      byValue.groupByKey().count({ name: 'counts' });
      const right = builder.stream<string, number>('right');
      const window = { beforeMs: 1, afterMs: 1, graceMs: 0 };
      byValue.leftJoin(right, { join: (a, b) => [a, b], window, name: 'joined' }).to('out');
    }, 'all');

    expect([...topology.repartitionTopics.keys()]).toEqual(['counts-repartition', 'joined-left-repartition']);
  });
});

describe('singleStoreSelfJoin', () => {
  test('keeps the records of both sides in one store', () => {
    expect([...program(selfJoin).stores.keys()]).toEqual(['self-left-window', 'self-right-window', 'self-clock']);
    expect([...program(selfJoin, ['singleStoreSelfJoin']).stores.keys()]).toEqual(['self-left-window', 'self-clock']);
  });

  test('leaves outer joins and joins of two streams alone', () => {
    const define: Define = (builder) => {
      const stream = builder.stream<string, number>('in');
      const options = { join: (a: unknown, b: unknown) => [a, b], window: { beforeMs: 1, afterMs: 1, graceMs: 0 } };
      stream.leftJoin(stream, { ...options, name: 'left' }).to('out');
      stream.join(builder.stream<string, number>('other'), { ...options, name: 'two' }).to('out2');
    };
    expect([...program(define, 'all').stores.keys()]).toEqual([...program(define).stores.keys()]);
  });
});

describe('reuseSourceTopics', () => {
  const changelogsOf = (define: Define): object => Object.fromEntries(program(define, 'all').sourceChangelogs);

  test('takes the topic of a table that is kept as its changelog', () => {
    expect(changelogsOf((builder) => builder.table('rows', { store: 'kept' }).toStream().to('out'))).toEqual({
      kept: 'rows',
    });
  });

  test('does so for no store that holds something else than the topic', () => {
    const define: Define = (builder) => {
      builder.table('timed', { store: 'timed-rows', timestampExtractor: ({ timestamp }) => timestamp + 1 });
      builder.table('late', { store: 'late-rows', offsetReset: 'latest' });
      builder.table<string, string>('rows', {}).mapValues((value) => value.length, { store: 'lengths' });
      builder
        .stream<string, string>('words')
        .selectKey((word) => word)
        .toTable({ name: 'by-word', queryable: true });
    };
    expect(changelogsOf(define)).toEqual({});
  });
});
