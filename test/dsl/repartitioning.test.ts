import { describe, expect, test } from 'vitest';
import type { KStream } from '../../src/dsl/k-stream.ts';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';

function repartitionTopics(define: (builder: StreamsBuilder) => void): readonly string[] {
  const builder = new StreamsBuilder();
  define(builder);
  return [...builder.build('app').repartitionTopics.keys()];
}

type Change = (stream: KStream<string, string>, builder: StreamsBuilder) => KStream<any, any>;

const keyChanging: readonly [name: string, Change][] = [
  ['selectKey', (s) => s.selectKey((v) => v)],
  ['map', (s) => s.map((v, k) => [v, k])],
  ['flatMap', (s) => s.flatMap((v, k) => [[v, k]])],
  ['a merge with a stream under a new key', (s, b) => s.merge(b.stream<string, string>('b').selectKey((v) => v))],
  ['toStream with a key', (s) => s.toTable({ name: 'table' }).toStream({ key: (v) => v })],
  [
    'what follows a new key',
    (s) =>
      s
        .selectKey((v) => v)
        .filter(() => true)
        .mapValues((v) => v),
  ],
];

const keyKeeping: readonly [name: string, Change][] = [
  ['filter', (s) => s.filter(() => true).filterNot(() => false)],
  ['mapValues', (s) => s.mapValues((v) => v)],
  ['flatMapValues', (s) => s.flatMapValues((v) => [v])],
  ['peek', (s) => s.peek(() => undefined)],
  ['split', (s) => s.split({ all: true }).all],
  ['a merge', (s, b) => s.merge(b.stream('b'))],
  ['toStream', (s) => s.toTable({ name: 'table' }).toStream()],
  ['a join with a table', (s, b) => s.join(b.table<string, string>('t'), { join: (v) => v })],
];

describe.each(keyChanging)('after %s', (_name, change) => {
  test('an aggregation, a table and a join repartition', () => {
    const changed = (builder: StreamsBuilder): KStream<any, any> =>
      change(builder.stream<string, string>('a'), builder);

    expect(repartitionTopics((b) => changed(b).groupByKey().count({ name: 'counts' }))).toEqual(['counts-repartition']);
    expect(repartitionTopics((b) => changed(b).toTable({ name: 'latest' }))).toEqual(['latest-repartition']);
    const joined = repartitionTopics((b) => changed(b).join(b.table('t2'), { join: () => 1, name: 'joined' }));
    expect(joined).toEqual(['joined-repartition']);
  });

  test('a repartition is enough for all that follows', () => {
    const topics = repartitionTopics((builder) => {
      const again = change(builder.stream<string, string>('a'), builder).repartition({ name: 'again' });
      again.groupByKey().count({ name: 'counts' });
      again.toTable({ name: 'latest' });
    });
    expect(topics).toEqual(['again-repartition']);
  });
});

test.each(keyKeeping)('after %s nothing repartitions', (_name, change) => {
  const topics = repartitionTopics((builder) => {
    const kept = change(builder.stream<string, string>('a'), builder);
    kept.groupByKey().count({ name: 'counts' });
    kept.toTable({ name: 'latest' });
    kept.join(builder.table('t2'), { join: () => 1 });
  });
  expect(topics).toEqual([]);
});

describe('aggregations of one group', () => {
  test('have a topic each where the group has no name', () => {
    const topics = repartitionTopics((builder) => {
      const stream = builder.stream<string, string>('a').groupBy((v) => v);
      stream.count({ name: 'stream-counts' });
      stream.reduce((_a, b) => b, { name: 'stream-latest' });
      const table = builder.table<string, string>('t').groupBy((v) => [v, v]);
      table.count({ name: 'table-counts' });
      table.reduce({ adder: (_a, b) => b, subtractor: (a) => a, name: 'table-latest' });
    });
    expect(topics).toEqual([
      'stream-counts-repartition',
      'stream-latest-repartition',
      'table-counts-repartition',
      'table-latest-repartition',
    ]);
  });

  test('share one where the group has a name', () => {
    const topics = repartitionTopics((builder) => {
      const stream = builder.stream<string, string>('a').groupBy((v) => v, { name: 'by-value' });
      stream.count({ name: 'stream-counts' });
      stream.reduce((_a, b) => b, { name: 'stream-latest' });
      const table = builder.table<string, string>('t').groupBy((v) => [v, v], { name: 'rows-by-value' });
      table.count({ name: 'table-counts' });
      table.reduce({ adder: (_a, b) => b, subtractor: (a) => a, name: 'table-latest' });
    });
    expect(topics).toEqual(['by-value-repartition', 'rows-by-value-repartition']);
  });
});
