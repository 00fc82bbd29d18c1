import { describe, expect, test } from 'vitest';
import { json, session, StreamsBuilder, string, tumbling, type Topology } from '../../src/index.ts';
import { describe as describeTopology } from '../../src/topology/describe.ts';

/** What plain JavaScript sees: no types that would ask for options. */
type Untyped = any;

const windows = tumbling({ sizeMs: 10, graceMs: 0 });
const sessions = session({ gapMs: 5, graceMs: 0 });

/** Every operator that makes a store or an internal topic, with the options it is given. */
const OPERATORS: readonly [operator: string, apply: (builder: Untyped, options: Untyped) => unknown][] = [
  ['count', (b, options) => b.stream('in').groupByKey().count(options)],
  [
    'reduce',
    (b, options) =>
      b
        .stream('in')
        .groupByKey()
        .reduce((a: Untyped) => a, options),
  ],
  ['aggregate', (b, options) => b.stream('in').groupByKey().aggregate(options)],
  [
    'count of a table',
    (b, options) =>
      b
        .table('in')
        .groupBy((v: Untyped) => [v, v])
        .count(options),
  ],
  [
    'reduce of a table',
    (b, options) =>
      b
        .table('in')
        .groupBy((v: Untyped) => [v, v])
        .reduce(options),
  ],
  [
    'aggregate of a table',
    (b, options) =>
      b
        .table('in')
        .groupBy((v: Untyped) => [v, v])
        .aggregate(options),
  ],
  ['count of windows', (b, options) => b.stream('in').groupByKey().windowedBy(windows).count(options)],
  [
    'reduce of windows',
    (b, options) =>
      b
        .stream('in')
        .groupByKey()
        .windowedBy(windows)
        .reduce((a: Untyped) => a, options),
  ],
  ['aggregate of windows', (b, options) => b.stream('in').groupByKey().windowedBy(windows).aggregate(options)],
  ['count of sessions', (b, options) => b.stream('in').groupByKey().windowedBy(sessions).count(options)],
  [
    'reduce of sessions',
    (b, options) =>
      b
        .stream('in')
        .groupByKey()
        .windowedBy(sessions)
        .reduce((a: Untyped) => a, options),
  ],
  ['aggregate of sessions', (b, options) => b.stream('in').groupByKey().windowedBy(sessions).aggregate(options)],
  [
    'aggregate of a cogroup',
    (b, options) =>
      b
        .stream('in')
        .groupByKey()
        .cogroup((a: Untyped) => a)
        .aggregate(options),
  ],
  [
    'aggregate of a windowed cogroup',
    (b, options) =>
      b
        .stream('in')
        .groupByKey()
        .cogroup((a: Untyped) => a)
        .windowedBy(windows)
        .aggregate(options),
  ],
  ['suppress', (b, options) => b.table('in').suppress(options)],
  ['toTable', (b, options) => b.stream('in').toTable(options)],
  ['repartition', (b, options) => b.stream('in').repartition(options)],
  ['a join of streams', (b, options) => b.stream('in').join(b.stream('other'), options)],
  ['a join of streams', (b, options) => b.stream('in').leftJoin(b.stream('other'), options)],
  ['a join of streams', (b, options) => b.stream('in').outerJoin(b.stream('other'), options)],
  ['a foreign-key join', (b, options) => b.table('in').join(b.table('other'), { foreignKey: () => 1, ...options })],
  ['a foreign-key join', (b, options) => b.table('in').leftJoin(b.table('other'), { foreignKey: () => 1, ...options })],
];

describe('an operator that makes a store or an internal topic is refused without a name, at its place', () => {
  test.each(OPERATORS)('%s', (operator, apply) => {
    const method = operator.replace(/ of (a|windows|sessions).*/, '');
    for (const options of [undefined, {}, { name: undefined }, { name: '' }, { name: 'a b' }, { name: 7 }]) {
      const message = new RegExp(
        `^Expected \\{ name \\} .* for ${method},.* got .* at test/dsl/names\\.test\\.ts:\\d+$`,
      );
      expect(() => apply(new StreamsBuilder(), options)).toThrow(
        expect.objectContaining({ code: 'TOPOLOGY_NAME_REQUIRED', message: expect.stringMatching(message) }),
      );
    }
  });
});

/** A program with all that makes stores and topics; `step` is put between its operators. */
function program(step: (stream: Untyped) => Untyped): Topology {
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  const orders = step(builder.stream<string, { to: string; n: number }>('orders'));
  const grouped = step(orders).selectKey((order: Untyped) => order.to);
  const counts = step(grouped).groupByKey().count({ name: 'counts' });
  step(counts.toStream()).to('counts-out');
  const perWindow = step(orders).groupByKey().windowedBy(windows).count({ name: 'per-window' });
  step(perWindow.suppress({ until: 'windowCloses', name: 'final' }).toStream()).to('final-out');
  const table = step(step(orders).repartition({ name: 'again' })).toTable({ name: 'latest' });
  const customers = builder.table('customers', { store: 'customers' });
  table.join(customers, { foreignKey: (order: Untyped) => order.to, join: (a: Untyped) => a, name: 'with-customer' });
  step(grouped).join(step(orders), {
    window: { beforeMs: 1, afterMs: 1, graceMs: 0 },
    join: (a: Untyped) => a,
    name: 'both',
  });
  table
    .groupBy((order: Untyped) => [order.to, order])
    .reduce({ adder: (a: Untyped) => a, subtractor: (a: Untyped) => a, name: 'by-to' });
  return builder.build('program');
}

/** Stateless operators; each changes nothing of what flows. */
const STATELESS: Record<string, (stream: Untyped) => Untyped> = {
  filter: (s) => s.filter(() => true),
  filterNot: (s) => s.filterNot(() => false),
  mapValues: (s) => s.mapValues((v: Untyped) => v),
  flatMapValues: (s) => s.flatMapValues((v: Untyped) => [v]),
  peek: (s) => s.peek(() => undefined),
  merge: (s) => s.merge(s),
  split: (s) => s.split({ all: () => true }).all,
  'several at once': (s) =>
    s
      .peek(() => undefined)
      .filter(() => true)
      .mapValues((v: Untyped) => v),
};

describe('a stateless operator that is inserted anywhere renames no store and no topic', () => {
  const namesOf = ({ stores, repartitionTopics }: Topology): unknown => [
    [...stores.keys()].toSorted(),
    [...repartitionTopics.keys()].toSorted(),
  ];

  test.each(Object.keys(STATELESS))('%s', (name) => {
    expect(namesOf(program(STATELESS[name] as (stream: Untyped) => Untyped))).toEqual(
      namesOf(program((stream) => stream)),
    );
  });

  test('though it does rename nodes, whose names nothing depends on', () => {
    expect(describeTopology(program(STATELESS.peek as (stream: Untyped) => Untyped))).not.toBe(
      describeTopology(program((s) => s)),
    );
  });
});
