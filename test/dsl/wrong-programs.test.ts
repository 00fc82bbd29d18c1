import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  integer,
  json,
  keyValueStore,
  string,
  StreamsBuilder,
  tumbling,
  windowed,
  type KTable,
  type Windowed,
} from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';

interface Order {
  readonly of: number;
  readonly amount: number;
}

const minutes = tumbling({ sizeMs: 60_000, graceMs: 0 });

describe('a name that two stores have is refused', () => {
  const duplicate = expect.objectContaining({
    code: expect.stringMatching(/^TOPOLOGY_/),
    message: expect.stringContaining('"sums"'),
  });
  const others: { readonly [what: string]: (builder: StreamsBuilder) => unknown } = {
    aggregation: (b) => b.stream('other').groupByKey().count({ name: 'sums' }),
    'windowed aggregation': (b) => b.stream('other').groupByKey().windowedBy(minutes).count({ name: 'sums' }),
    'table source': (b) => b.table('other', { store: 'sums' }),
    'filter of a table': (b) => b.table('other').filter(() => true, { store: 'sums' }),
    toTable: (b) => b.stream('other').toTable({ name: 'sums' }),
    'store of a processor': (b) =>
      b.stream('other').process(() => ({ process: () => undefined }), { stores: [keyValueStore({ name: 'sums' })] }),
  };

  test.each(Object.entries(others))('%s', (_what, addOther) => {
    const builder = new StreamsBuilder();
    builder.stream('in').groupByKey().count({ name: 'sums' });
    expect(() => {
      addOther(builder);
      builder.build('app');
    }).toThrow(duplicate);
  });
});

test('serdes of other types than those of the stream do not compile', () => {
  const stream = new StreamsBuilder().stream<string, Order>('in');
  stream.to('out', { keySerde: string(), valueSerde: json<Order>() });
  // @ts-expect-error the keys are strings
  stream.to('out2', { keySerde: integer() });
  // @ts-expect-error the values are orders
  stream.to('out3', { valueSerde: integer() });
  // @ts-expect-error the keys are strings
  stream.repartition({ name: 'again', keySerde: integer() });
  // @ts-expect-error the counts are numbers
  stream.groupByKey().count({ name: 'counts', valueSerde: string() });
});

test('joiners of other values than those of the two sides do not compile', () => {
  const builder = new StreamsBuilder();
  const orders = builder.table<string, Order>('orders');
  const names = builder.table<number, string>('names');
  // @ts-expect-error a name is a string
  orders.join(names, { foreignKey: ({ of }) => of, join: (_order: Order, name: number) => name, name: 'fk' });
  const rows = builder.table<string, string>('rows');
  // @ts-expect-error the rows are strings
  orders.join(rows, { join: (_order: Order, row: number) => row });
  // @ts-expect-error the row may be missing
  orders.leftJoin(rows, { join: (_order: Order, row: string) => row.length });
});

describe('a reduce of windowed keys', () => {
  const perMinute = (builder: StreamsBuilder): KTable<Windowed<string>, number> =>
    builder.stream<string, Order>('in').groupByKey().windowedBy(minutes).count({ name: 'per-minute' });

  test('has their serde from the windows, which a new key of another type does not inherit', () => {
    const builder = new StreamsBuilder({ keySerde: string() });
    const counts = perMinute(builder).toStream();
    const reduced = counts.groupByKey().reduce((_, n) => n ?? 0, { name: 'latest' });
    expectTypeOf(reduced).toEqualTypeOf<KTable<Windowed<string>, number>>();
    expect(reduced.plan.keySerde).toBe(counts.plan.keySerde);
    expect(counts.selectKey((_, { key }) => key).plan.keySerde).toBeNull();
    // @ts-expect-error the serde is one of strings, the keys are windowed
    counts.groupByKey({ keySerde: string() });
  });

  test.each([
    ['of the default serde, JSON', {}],
    ['of the serde that is given', { keySerde: windowed(string(), minutes) }],
  ])('by a windowed key that a selector makes goes through the repartition topic by means %s', async (_by, serdes) => {
    const builder = new StreamsBuilder();
    builder
      .stream<string, Order>('in', { keySerde: string() })
      .groupBy((_, key): Windowed<string> => ({ key, start: 60_000, end: 120_000 }), serdes)
      .reduce((a, b) => ({ of: a.of, amount: a.amount + b.amount }), { name: 'sums' })
      .toStream({ key: (_, { key, start, end }) => `${key}@${start}-${end}`, keySerde: string() })
      .to('out');
    const driver = new TopologyTestDriver(builder.build('app'));
    const input = driver.createInputTopic<string, Order>('in', { keySerde: string() });
    await input.pipeInput('a', { of: 1, amount: 2 });
    await input.pipeInput('a', { of: 1, amount: 3 });
    const records = driver.createOutputTopic('out', { keySerde: string() }).readRecords();
    await driver.close();

    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ['a@60000-120000', { of: 1, amount: 2 }],
      ['a@60000-120000', { of: 1, amount: 5 }],
    ]);
  });
});
