import { hopping, session, sliding, tumbling, unlimited } from 'millrace';
import type { OperatorExamples } from './operator-example.ts';

/** An example of each method of `KGroupedStream`. */
export const kGroupedStreamExamples: OperatorExamples = {
  count: {
    program: (builder) =>
      builder.stream<string, unknown>('in').groupByKey().count({ name: 'seen' }).toStream().to('out'),
    input: ['in a "x"', 'in a null', 'in a "y" @5', 'in a "z" @3'],
    output: ['out a 1', 'out a 2 @5', 'out a 3 @5'],
  },
  reduce: {
    program: (builder) =>
      builder.stream<string, number>('in').groupByKey().reduce(Math.max, { name: 'largest' }).toStream().to('out'),
    input: ['in a 3', 'in a 7', 'in a 5'],
    output: ['out a 3', 'out a 7', 'out a 7'],
  },
  aggregate: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .groupByKey()
        .aggregate({
          name: 'total',
          initializer: () => ({ count: 0, sum: 0 }),
          aggregator: ({ count, sum }, n) => ({ count: count + 1, sum: sum + n }),
        })
        .toStream()
        .to('out'),
    input: ['in a 3', 'in a 7'],
    output: ['out a {"count":1,"sum":3}', 'out a {"count":2,"sum":10}'],
  },
  windowedBy: {
    program: (builder) =>
      builder
        .stream<string, unknown>('in')
        .groupByKey()
        .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 0 }), { emit: 'onWindowClose' })
        .count({ name: 'per-minute' })
        .toStream({ key: (_, { key, start }) => `${key}@${start}` })
        .to('out'),
    input: ['in a 1 @1000', 'in a 1 @2000', 'in b 1 @60000', 'in b 1 @120000'],
    output: ['out a@0 2 @2000', 'out b@60000 1 @60000'],
  },
  'windowedBy (hopping)': {
    program: (builder) =>
      builder
        .stream<string, unknown>('in')
        .groupByKey()
        .windowedBy(hopping({ sizeMs: 20_000, advanceMs: 10_000, graceMs: 0 }))
        .count({ name: 'seen' })
        .toStream({ key: (_, { key, start }) => `${key}@${start}` })
        .to('out'),
    input: ['in a 1 @5000', 'in a 1 @15000'],
    output: ['out a@0 1 @5000', 'out a@0 2 @15000', 'out a@10000 1 @15000'],
  },
  'windowedBy (sliding)': {
    program: (builder) =>
      builder
        .stream<string, unknown>('in')
        .groupByKey()
        .windowedBy(sliding({ timeDifferenceMs: 10_000, graceMs: 0 }))
        .count({ name: 'seen' })
        .toStream({ key: (_, { key, start, end }) => `${key}@${start}-${end}` })
        .to('out'),
    input: ['in a 1 @10000', 'in a 1 @15000'],
    output: ['out a@0-10000 1 @10000', 'out a@10001-20001 1 @15000', 'out a@5000-15000 2 @15000'],
  },
  'windowedBy (session)': {
    program: (builder) =>
      builder
        .stream<string, unknown>('in')
        .groupByKey()
        .windowedBy(session({ gapMs: 30_000, graceMs: 0 }))
        .count({ name: 'seen' })
        .toStream({ key: (_, { key, start, end }) => `${key}@${start}-${end}` })
        .to('out'),
    input: ['in a 1 @1000', 'in a 1 @20000', 'in a 1 @90000'],
    output: [
      'out a@1000-1000 1 @1000',
      'out a@1000-1000 null @1000',
      'out a@1000-20000 2 @20000',
      'out a@90000-90000 1 @90000',
    ],
  },
  'windowedBy (unlimited)': {
    program: (builder) =>
      builder
        .stream<string, unknown>('in')
        .groupByKey()
        .windowedBy(unlimited({ startMs: 10_000 }))
        .count({ name: 'seen' })
        .toStream({ key: (_, { key, start }) => `${key}@${start}` })
        .to('out'),
    input: ['in a 1 @5000', 'in a 1 @15000', 'in a 1 @90000000'],
    output: ['out a@10000 1 @15000', 'out a@10000 2 @90000000'],
  },
  cogroup: {
    program: (builder) => {
      const clicks = builder.stream<string, number>('in-clicks').groupByKey();
      builder
        .stream<string, number>('in-orders')
        .groupByKey()
        .cogroup((seen: { spent: number; clicks: number }, amount) => ({ ...seen, spent: seen.spent + amount }))
        .cogroup(clicks, (seen, n) => ({ ...seen, clicks: seen.clicks + n }))
        .aggregate({ initializer: () => ({ spent: 0, clicks: 0 }), name: 'seen' })
        .toStream()
        .to('out');
    },
    input: ['in-clicks a 2', 'in-orders a 30'],
    output: ['out a {"spent":0,"clicks":2}', 'out a {"spent":30,"clicks":2}'],
  },
};

/** An example of each method of `KGroupedTable`. */
export const kGroupedTableExamples: OperatorExamples = {
  count: {
    program: (builder) =>
      builder
        .table<string, string>('in')
        .groupBy((country, id) => [country, id])
        .count({ name: 'by-country' })
        .toStream()
        .to('out'),
    input: ['in ada "GB"', 'in bob "GB"', 'in ada null', 'in bob "NL"'],
    output: ['out GB 1', 'out GB 2', 'out GB 1', 'out GB 0', 'out NL 1'],
  },
  reduce: {
    program: (builder) =>
      builder
        .table<string, { to: string; n: number }>('in')
        .groupBy((row) => [row.to, row.n])
        .reduce({ name: 'sum', adder: (sum, n) => sum + n, subtractor: (sum, n) => sum - n })
        .toStream()
        .to('out'),
    input: ['in 1 {"to":"a","n":3}', 'in 2 {"to":"a","n":4}', 'in 1 {"to":"a","n":5}', 'in 2 null'],
    output: ['out a 3', 'out a 7', 'out a 9', 'out a 5'],
  },
  aggregate: {
    program: (builder) =>
      builder
        .table<string, number>('in')
        .groupBy((n) => ['all', n])
        .aggregate({
          name: 'total',
          initializer: () => ({ count: 0, sum: 0 }),
          adder: ({ count, sum }, n) => ({ count: count + 1, sum: sum + n }),
          subtractor: ({ count, sum }, n) => (count === 1 ? null : { count: count - 1, sum: sum - n }),
        })
        .toStream()
        .to('out'),
    input: ['in a 3', 'in b 4', 'in a null', 'in b null'],
    output: [
      'out all {"count":1,"sum":3}',
      'out all {"count":2,"sum":7}',
      'out all {"count":1,"sum":4}',
      'out all null',
    ],
  },
};

/** An example of each method of `TimeWindowedKStream`. */
export const timeWindowedKStreamExamples: OperatorExamples = {
  count: {
    program: (builder) =>
      builder
        .stream<string, unknown>('in')
        .groupByKey()
        .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 5_000 }))
        .count({ name: 'per-minute' })
        .toStream({ key: (_, { key, start }) => `${key}@${start}` })
        .to('out'),
    input: ['in a 1 @1000', 'in a 1 @61000', 'in a 1 @2000', 'in a 1 @65000', 'in a 1 @3000'],
    output: ['out a@0 1 @1000', 'out a@60000 1 @61000', 'out a@0 2 @2000', 'out a@60000 2 @65000'],
  },
  reduce: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .groupByKey()
        .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 0 }))
        .reduce(Math.max, { name: 'largest' })
        .toStream({ key: (_, { key, start }) => `${key}@${start}` })
        .to('out'),
    input: ['in a 3', 'in a 7 @1', 'in a 5 @60000'],
    output: ['out a@0 3', 'out a@0 7 @1', 'out a@60000 5 @60000'],
  },
  aggregate: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .groupByKey()
        .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 0 }))
        .aggregate({ name: 'all', initializer: (): number[] => [], aggregator: (seen, n) => [...seen, n] })
        .toStream({ key: (_, { key, start }) => `${key}@${start}` })
        .to('out'),
    input: ['in a 3', 'in a 7 @1', 'in a 5 @60000'],
    output: ['out a@0 [3]', 'out a@0 [3,7] @1', 'out a@60000 [5] @60000'],
  },
};

/** An example of each method of `SessionWindowedKStream`. */
export const sessionWindowedKStreamExamples: OperatorExamples = {
  count: {
    program: (builder) =>
      builder
        .stream<string, unknown>('in')
        .groupByKey()
        .windowedBy(session({ gapMs: 30_000, graceMs: 60_000 }))
        .count({ name: 'visits' })
        .toStream({ key: (_, { key, start, end }) => `${key}@${start}-${end}` })
        .to('out'),
    input: ['in a 1', 'in a 1 @50000', 'in a 1 @25000'],
    output: [
      'out a@0-0 1',
      'out a@50000-50000 1 @50000',
      'out a@0-0 null',
      'out a@50000-50000 null @50000',
      'out a@0-50000 3 @50000',
    ],
  },
  reduce: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .groupByKey()
        .windowedBy(session({ gapMs: 30_000, graceMs: 0 }))
        .reduce((sum, n) => sum + n, { name: 'spent-in-visit' })
        .toStream({ key: (_, { key, start, end }) => `${key}@${start}-${end}` })
        .to('out'),
    input: ['in a 3', 'in a 4 @10000'],
    output: ['out a@0-0 3', 'out a@0-0 null', 'out a@0-10000 7 @10000'],
  },
  aggregate: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .groupByKey()
        .windowedBy(session({ gapMs: 30_000, graceMs: 0 }))
        .aggregate({
          name: 'seen-in-visit',
          initializer: (): number[] => [],
          aggregator: (seen, n) => [...seen, n],
          merger: (a, b) => [...a, ...b],
        })
        .toStream({ key: (_, { key, start, end }) => `${key}@${start}-${end}` })
        .to('out'),
    input: ['in a 3', 'in a 4 @10000'],
    output: ['out a@0-0 [3]', 'out a@0-0 null', 'out a@0-10000 [3,4] @10000'],
  },
};

/** An example of each method of `CogroupedKStream`. */
export const cogroupedKStreamExamples: OperatorExamples = {
  cogroup: {
    program: (builder) =>
      builder
        .stream<string, number>('in-plus')
        .groupByKey()
        .cogroup((sum: number, n) => sum + n)
        .cogroup(builder.stream<string, number>('in-minus').groupByKey(), (sum, n) => sum - n)
        .aggregate({ initializer: () => 0, name: 'balance' })
        .toStream()
        .to('out'),
    input: ['in-plus a 5', 'in-minus a 2'],
    output: ['out a 5', 'out a 3'],
  },
  aggregate: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .groupByKey()
        .cogroup((sum: number, n) => sum + n)
        .aggregate({ initializer: () => 100, name: 'sum' })
        .toStream()
        .to('out'),
    input: ['in a 5', 'in a 2'],
    output: ['out a 105', 'out a 107'],
  },
  windowedBy: {
    program: (builder) =>
      builder
        .stream<string, number>('in-plus')
        .groupByKey()
        .cogroup((sum: number, n) => sum + n)
        .cogroup(builder.stream<string, number>('in-minus').groupByKey(), (sum, n) => sum - n)
        .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 0 }))
        .aggregate({ initializer: () => 0, name: 'balance-per-minute' })
        .toStream({ key: (_, { key, start }) => `${key}@${start}` })
        .to('out'),
    input: ['in-plus a 5', 'in-minus a 2 @1000', 'in-plus a 1 @60000'],
    output: ['out a@0 5', 'out a@0 3 @1000', 'out a@60000 1 @60000'],
  },
};

/** An example of the method of `WindowedCogroupedKStream`. */
export const windowedCogroupedKStreamExamples: OperatorExamples = {
  aggregate: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .groupByKey()
        .cogroup((sum: number, n) => sum + n)
        .windowedBy(session({ gapMs: 30_000, graceMs: 0 }))
        .aggregate({ initializer: () => 0, merger: (a, b) => a + b, name: 'sum-of-visit' })
        .toStream({ key: (_, { key, start, end }) => `${key}@${start}-${end}` })
        .to('out'),
    input: ['in a 3', 'in a 4 @10000'],
    output: ['out a@0-0 3', 'out a@0-0 null', 'out a@0-10000 7 @10000'],
  },
};
