import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyValueStore, session, StreamsBuilder, tumbling } from '../../src/index.ts';
import { describe } from '../../src/topology/describe.ts';

const FOLDER = join(import.meta.dirname, 'descriptions');

/** The programs of `Descriptions.java` in the oracle, whose descriptions by Kafka Streams 4.3.1 are in the folder. */
const PROGRAMS: { readonly [name: string]: (builder: StreamsBuilder) => void } = {
  stateless: (b) => {
    const source = b.stream<string, string>(['in', 'again', 'zebra', 'over']);
    const one = source
      .filter(() => true)
      .mapValues((v) => v)
      .peek(() => undefined);
    const two = source.filterNot(() => true).map((v, k) => [k, v]);
    const three = two.flatMap((v, k) => [[k, v]]).flatMapValues((v) => [v]);
    one
      .merge(three)
      .selectKey((v) => v)
      .to('out');
    source.foreach(() => undefined);
  },
  'word-count': (b) =>
    b
      .stream<string, string>('lines')
      .flatMapValues((v) => [v])
      .selectKey((v) => v)
      .groupByKey()
      .count({ name: 'counts' })
      .toStream()
      .to('word-counts'),
  'shared-repartition': (b) => {
    const grouped = b
      .stream<string, string>('in')
      .selectKey((v) => v)
      .groupByKey({ name: 'grouped' });
    grouped.count({ name: 'counts' }).toStream().to('counts-out');
    grouped
      .reduce((_, v) => v, { name: 'latest' })
      .toStream()
      .to('latest-out');
  },
  windows: (b) =>
    b
      .stream<string, string>('in')
      .groupByKey()
      .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 0 }))
      .count({ name: 'counts' })
      .suppress({ until: 'windowCloses', name: 'final' })
      .toStream({ key: (_, { key }) => key })
      .to('out'),
  'session-windows': (b) =>
    b
      .stream<string, string>('in')
      .groupByKey()
      .windowedBy(session({ gapMs: 60_000, graceMs: 0 }))
      .reduce((_, v) => v, { name: 'sessions' })
      .toStream({ key: (_, { key }) => key })
      .to('out'),
  'foreign-key-left-join': (b) => {
    const orders = b.table<string, string>('orders', { store: 'order-rows' });
    const customers = b.table<string, string>('customers', { store: 'customer-rows' });
    orders
      .leftJoin(customers, { foreignKey: (v) => v, join: (l) => l, name: 'with-customer', queryable: true })
      .toStream()
      .to('out');
  },
  'stream-table-join': (b) => {
    const source = b.stream<string, string>('in');
    const rows = b.table<string, string>('rows', { store: 'rows' });
    source
      .selectKey((v) => v)
      .leftJoin(rows, { join: (v) => v, name: 'with-row' })
      .to('out');
  },
  'global-table': (b) => {
    const source = b.stream<string, string>('in');
    const names = b.globalTable<string, string>('names', { store: 'names' });
    source.join(names, { key: (v) => v, join: (v) => v }).to('out');
  },
  'table-join': (b) => {
    const orders = b.table<string, string>('orders', { store: 'orders' });
    const payments = b.table<string, string>('payments', { store: 'payments' });
    orders
      .filter(() => true)
      .mapValues((v) => v)
      .outerJoin(payments, { join: (l) => l, store: 'joined' })
      .toStream()
      .to('out');
  },
  'table-left-join': (b) => {
    const orders = b.table<string, string>('orders', { store: 'order-rows' });
    const payments = b.table<string, string>('payments', { store: 'payment-rows' });
    orders
      .filter(() => true)
      .leftJoin(payments, { join: (l) => l })
      .toStream()
      .to('open-orders');
  },
  'regrouped-table': (b) => {
    const rows = b.table<string, string>('rows', { store: 'rows' });
    rows
      .groupBy((v, k) => [v, k], { name: 'by-value' })
      .count({ name: 'counts' })
      .toStream()
      .to('out');
    const shared = rows.groupBy((v, k) => [v, k], { name: 'shared' });
    shared.count({ name: 'first' }).toStream().to('first-out');
    shared.count({ name: 'second' }).toStream().to('second-out');
  },
  cogroup: (b) => {
    const one = b.stream<string, string>('one');
    const two = b.stream<string, string>('two');
    one
      .groupByKey()
      .cogroup((_: string, v) => v)
      .cogroup(two.groupByKey(), (_, v) => v)
      .aggregate({ initializer: () => '', name: 'both' })
      .toStream()
      .to('out');
  },
  processor: (b) =>
    b
      .stream<string, string>('in')
      .process(() => ({ process: () => undefined }), { name: 'once', stores: [keyValueStore({ name: 'seen' })] })
      .repartition({ name: 'again' })
      .toTable({ name: 'latest', queryable: true })
      .toStream()
      .to('out'),
};

/** Windows have an index by time beside their store, and suppression keeps updates and times apart. */
const OUR_STORES: readonly (readonly [ours: string, theirs: string])[] = [
  ['(stores: [counts, counts-by-time])', '(stores: [counts])'],
  ['(stores: [sessions, sessions-by-time])', '(stores: [sessions])'],
  ['(stores: [final, final-times])', '(stores: [final-store])'],
];

test('every description has its program', () => {
  const described = readdirSync(FOLDER).map((file) => file.replace('.txt', ''));
  expect(described.toSorted()).toEqual(Object.keys(PROGRAMS).toSorted());
});

test.each(Object.entries(PROGRAMS))('%s is described as by Kafka Streams', (name, define) => {
  const builder = new StreamsBuilder();
  define(builder);
  let described = describe(builder.build('described'));
  for (const [ours, theirs] of OUR_STORES) described = described.replace(ours, theirs);

  expect(described).toBe(readFileSync(join(FOLDER, `${name}.txt`), 'utf8'));
});

test('what follows a join of streams is numbered as by Kafka Streams, where such a join has five nodes', () => {
  const builder = new StreamsBuilder();
  const window = { beforeMs: 60_000, afterMs: 60_000, graceMs: 0 };
  builder
    .stream<string, string>('left')
    .outerJoin(builder.stream<string, string>('right'), { join: (l) => l, window, name: 'both' })
    .to('out');

  expect(describe(builder.build('described'))).toContain('Sink: KSTREAM-SINK-0000000007 (topic: out)');
});
