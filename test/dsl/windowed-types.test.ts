import { describe, expect, expectTypeOf, test } from 'vitest';
import type {
  CogroupedKStream,
  KTable,
  Serde,
  SessionWindowedKStream,
  TimeWindowedKStream,
  Windowed,
} from '../../src/index.ts';
import {
  hopping,
  integer,
  session,
  sliding,
  string,
  StreamsBuilder,
  tumbling,
  unlimited,
  windowed,
} from '../../src/index.ts';

interface Order {
  readonly amount: number;
}

const builder = new StreamsBuilder();
const orders = builder.stream<string, Order>('orders').groupByKey();
const changes = builder.stream<string, Order | null>('order-changes').groupByKey();
const perMinute = tumbling({ sizeMs: 60_000, graceMs: 0 });
const visits = session({ gapMs: 60_000, graceMs: 0 });

describe('a windowed stream', () => {
  test('keeps its types, and folds to a table of windowed keys', () => {
    const windows = orders.windowedBy(perMinute);
    expectTypeOf(windows).toEqualTypeOf<TimeWindowedKStream<string, Order>>();
    expectTypeOf(windows.count({ name: 'counts' })).toEqualTypeOf<KTable<Windowed<string>, number>>();
    const sums = windows.aggregate({
      initializer: () => 0,
      aggregator: (sum, order, key) => sum + order.amount + key.length,
      name: 'sums',
    });
    expectTypeOf(sums).toEqualTypeOf<KTable<Windowed<string>, number>>();
    const largest = windows.reduce((a, b) => (a.amount > b.amount ? a : b), { name: 'largest' });
    expectTypeOf(largest).toEqualTypeOf<KTable<Windowed<string>, Order>>();
    expectTypeOf(sums.suppress({ until: 'windowCloses', name: 'final' })).toEqualTypeOf(sums);
    // @ts-expect-error an aggregation makes a store, which has a name
    expect(() => windows.count({})).toThrow(expect.objectContaining({ code: 'TOPOLOGY_NAME_REQUIRED' }));
  });

  test('has nulls where the stream has, but not in sliding windows', () => {
    expectTypeOf(changes.windowedBy(hopping({ sizeMs: 10, advanceMs: 5, graceMs: 0 }))).toEqualTypeOf<
      TimeWindowedKStream<string, Order | null>
    >();
    expectTypeOf(changes.windowedBy(unlimited({ startMs: 0 }))).toEqualTypeOf<
      TimeWindowedKStream<string, Order | null>
    >();
    expectTypeOf(changes.windowedBy(sliding({ timeDifferenceMs: 10, graceMs: 0 }))).toEqualTypeOf<
      TimeWindowedKStream<string, Order>
    >();
  });

  test('needs a merger in sessions', () => {
    const sessions = orders.windowedBy(visits, { emit: 'onWindowClose' });
    expectTypeOf(sessions).toEqualTypeOf<SessionWindowedKStream<string, Order>>();
    const fold = { initializer: () => 0, aggregator: (sum: number, order: Order) => sum + order.amount };
    const merged = sessions.aggregate({ ...fold, merger: (a, b) => a + b, name: 'session-sums' });
    expectTypeOf(merged).toEqualTypeOf<KTable<Windowed<string>, number>>();
    // @ts-expect-error sessions that a record joins must be merged
    sessions.aggregate({ ...fold, name: 'no-merger' });
  });

  test('is given windows whose grace is said', () => {
    // @ts-expect-error how long a window takes late records is not to be forgotten
    expect(() => tumbling({ sizeMs: 1 })).toThrow(expect.objectContaining({ code: 'TOPOLOGY_INVALID' }));
    // @ts-expect-error there is no such strategy
    orders.windowedBy(perMinute, { emit: 'sometimes' });
  });
});

describe('cogrouped streams', () => {
  const returns = builder.stream<string, { readonly refund: number }>('returns').groupByKey();
  const net = orders
    .cogroup((sum: number, order) => sum + order.amount)
    .cogroup(returns, (sum, { refund }) => sum - refund);

  test('have one aggregate', () => {
    expectTypeOf(net).toEqualTypeOf<CogroupedKStream<string, number>>();
    expectTypeOf(net.aggregate({ initializer: () => 0, name: 'net' })).toEqualTypeOf<KTable<string, number>>();
    const windows = net.windowedBy(perMinute).aggregate({ initializer: () => 0, name: 'net-per-minute' });
    expectTypeOf(windows).toEqualTypeOf<KTable<Windowed<string>, number>>();
    // @ts-expect-error the aggregate is a number
    net.aggregate({ initializer: () => 'none', name: 'wrong' });
  });

  test('are of one key, and need a merger in sessions', () => {
    const merger = (a: number, b: number): number => a + b;
    const sessions = net.windowedBy(visits).aggregate({ initializer: () => 0, merger, name: 'net-per-visit' });
    expectTypeOf(sessions).toEqualTypeOf<KTable<Windowed<string>, number>>();
    // @ts-expect-error sessions that a record joins must be merged
    net.windowedBy(visits).aggregate({ initializer: () => 0, name: 'net-without-merger' });
    const byNumber = builder.stream<number, Order>('by-number').groupByKey();
    // @ts-expect-error the keys are of different types
    net.cogroup(byNumber, (sum) => sum);
  });
});

test('a serde of windowed keys has the type of the keys', () => {
  expectTypeOf(windowed(string(), visits)).toEqualTypeOf<Serde<Windowed<string>>>();
  expectTypeOf(windowed(integer(), perMinute)).toEqualTypeOf<Serde<Windowed<number>>>();
});
