import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/core/error-catalogue/index.ts';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { integer } from '../../src/serde/integer-serde.ts';
import { json } from '../../src/serde/json-serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import { TopologyBuilder } from '../../src/topology/topology-builder.ts';

const serdes = { keySerde: json(), valueSerde: json() };

function source(name: string, topics: readonly string[]): Parameters<TopologyBuilder['addSource']>[0] {
  return { name, topics, ...serdes, timestampExtractor: null, offsetReset: 'earliest' };
}

const create = (): never => {
  throw new Error('validation runs no processor');
};

const store = { kind: 'key-value', name: 'rows', ...serdes, storage: 'memory', scans: false, logged: true } as const;

function expectError(code: ErrorCode, text: RegExp, define: (builder: StreamsBuilder) => void, name = 'app'): void {
  const builder = new StreamsBuilder();
  const build = (): void => {
    define(builder);
    builder.build(name);
  };
  expect(build).toThrow(expect.objectContaining({ code, message: expect.stringMatching(text) as string }));
}

describe('a program is refused', () => {
  test('whose name cannot name topics and directories', () => {
    const reads = (builder: StreamsBuilder): unknown => builder.stream('in');
    for (const name of ['', 'a/b', '..', 'a'.repeat(121)])
      expectError('TOPOLOGY_INVALID', /name of a topology/, reads, name);
  });

  test('that reads nothing', () => {
    expectError('TOPOLOGY_INVALID', /at least one topic/, () => undefined);
  });

  test('whose stores or aggregations have the same name', () => {
    expectError('TOPOLOGY_DUPLICATE_NAME', /"counts" twice/, (builder) => {
      builder.stream('a').groupByKey().count({ name: 'counts' });
      builder.stream('b').groupByKey().count({ name: 'counts' });
    });
    expectError('TOPOLOGY_DUPLICATE_NAME', /store .*"rows" twice/, (builder) => {
      builder.table('a', { store: 'rows' });
      builder.table('b', { store: 'rows' });
    });
  });

  test('in which two groups share a name, which is that of a repartition topic', () => {
    expectError('TOPOLOGY_DUPLICATE_NAME', /"by" twice/, (builder) => {
      builder
        .table<string, number>('a')
        .groupBy((n) => [n, n], { name: 'by' })
        .count({ name: 'a-counts' });
      builder
        .table<string, number>('b')
        .groupBy((n) => [n, n], { name: 'by' })
        .count({ name: 'b-counts' });
    });
  });

  test('in which an operator with state or a repartition topic has no usable name', () => {
    const nameless = {} as { name: string };
    expectError('TOPOLOGY_NAME_REQUIRED', /count.*got none at test.topology.validation\.test\.ts:\d+/, (b) =>
      b.stream('a').groupByKey().count(nameless),
    );
    expectError('TOPOLOGY_NAME_REQUIRED', /count.*got none at test.topology.validation\.test\.ts:\d+/, (b) =>
      b
        .table('a')
        .groupBy((v) => [1, v])
        .count(nameless),
    );
    expectError('TOPOLOGY_NAME_REQUIRED', /toTable.*got none/, (b) => b.stream('a').toTable(nameless));
    expectError('TOPOLOGY_NAME_REQUIRED', /repartition.*got "a b"/, (b) => b.stream('a').repartition({ name: 'a b' }));
    expectError('TOPOLOGY_NAME_REQUIRED', /join.*got none/, (b) => {
      b.stream<string, number>('a')
        .selectKey((n) => n)
        .join(b.table<number, number>('t'), { join: () => 1 });
    });
    expectError('TOPOLOGY_NAME_REQUIRED', /a foreign-key join.*got none/, (b) => {
      const options = { foreignKey: (n: number) => n, join: () => 1, ...nameless };
      b.table<string, number>('a').join(b.table<number, number>('t'), options);
    });
  });

  test('in which a table without primary key is read as a table', () => {
    expectError('TOPOLOGY_INVALID', /shop\.log to have a primary key.*mysqlStream/, (builder) => {
      const topic = {
        database: 'shop',
        table: 'log',
        topic: 'shop.log',
        topicPrefix: 'shop',
        bigint: 'error',
      } as const;
      builder.mysqlTable({ ...topic, primaryKey: [] });
    });
  });

  test('that goes on after it was built', () => {
    const builder = new StreamsBuilder();
    const stream = builder.stream('in');
    builder.build('app');

    expect(() => stream.filter(() => true)).toThrow(expect.objectContaining({ code: 'TOPOLOGY_INVALID' }));
  });
});

describe('a topic read twice', () => {
  test('is one source when nobody asks for another way of reading it', () => {
    const builder = new StreamsBuilder();
    builder.stream('in', { keySerde: string() }).to('out-1');
    builder.stream('in').to('out-2');
    builder.table('in', { keySerde: string() }).toStream().to('out-3');
    builder.table('in').toStream().to('out-4');

    const sources = [...builder.build('app').nodes.values()].filter(({ kind }) => kind === 'source');

    expect(sources.map(({ name }) => name)).toEqual(['KSTREAM-SOURCE-0000000000']);
  });

  test('is one source also where the second names the default that the first has', () => {
    const builder = new StreamsBuilder();
    const first = builder.stream<string, number>('in');
    builder.stream<string, number>('in', { keySerde: json(), offsetReset: 'earliest' }).merge(first).to('out');

    expect(builder.build('app').nodes.size).toBe(3);
  });

  test.each([
    ['keySerde', { keySerde: integer() }],
    ['valueSerde', { valueSerde: integer() }],
    ['offsetReset', { offsetReset: 'latest' }],
    ['timestampExtractor', { timestampExtractor: () => 0 }],
  ] as const)('is refused where both want another %s', (option, second) => {
    expectError('TOPOLOGY_TOPIC_TWICE', new RegExp(`topic "in" to have the same ${option}`), (builder) => {
      builder.stream('in');
      builder.stream('in', second as object);
    });
    expectError('TOPOLOGY_TOPIC_TWICE', new RegExp(`topic "in" to have the same ${option}`), (builder) => {
      builder.table('in');
      builder.table('in', second as object);
    });
  });

  test('is refused where a second table wants to be kept under another name', () => {
    expectError('TOPOLOGY_TOPIC_TWICE', /the same store/, (builder) => {
      builder.table('in');
      builder.table('in', { store: 'rows' });
    });
  });

  test('is refused in overlapping lists', () => {
    expectError('TOPOLOGY_TOPIC_TWICE', /topic "b" to be read by one source/, (builder) => {
      builder.stream(['a', 'b']);
      builder.stream(['b', 'c']);
    });
  });
});

describe('a graph made by hand is refused', () => {
  test('where a parent is unknown or a sink', () => {
    const builder = new TopologyBuilder();
    builder.addSource(source('in', ['a']));
    builder.addSink({ name: 'out', parents: ['in'], topic: 'b', ...serdes, partitioner: null });

    const invalid = expect.objectContaining({ code: 'TOPOLOGY_INVALID' }) as Error;
    expect(() => builder.addProcessor({ name: 'p', parents: ['nobody'], create })).toThrow(invalid);
    expect(() => builder.addProcessor({ name: 'p', parents: ['out'], create })).toThrow(invalid);
    expect(() => builder.connectStores('in', ['rows'])).toThrow(invalid);
  });

  test('where a node is named twice', () => {
    const builder = new TopologyBuilder();
    builder.addSource(source('in', ['a']));
    expect(() => builder.addSource(source('in', ['b']))).toThrow(
      expect.objectContaining({ code: 'TOPOLOGY_DUPLICATE_NAME' }),
    );
  });

  test('where a store is unknown, or used by nobody', () => {
    const unknown = new TopologyBuilder();
    unknown.addSource(source('in', ['a']));
    unknown.addProcessor({ name: 'p', parents: ['in'], stores: ['rows'], create });
    expect(() => unknown.build('app')).toThrow(expect.objectContaining({ code: 'TOPOLOGY_UNKNOWN_STORE' }));

    const unused = new TopologyBuilder();
    unused.addSource(source('in', ['a']));
    unused.addStore(store);
    expect(() => unused.build('app')).toThrow(expect.objectContaining({ code: 'TOPOLOGY_INVALID' }));
  });
});
