import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { type MillraceError, StreamsBuilder, type Topology } from '../../src/index.ts';
import { optimize } from '../../src/topology/optimizer/optimize.ts';
import {
  applicationOf,
  createTopic,
  produce,
  readAll,
  runUntilDrained,
  temporaryDirectory,
} from './application-fixtures.ts';

const KEYS = Array.from({ length: 40 }, (_, key) => key);

/** Looks up the row of each order's customer. */
function enriched(waitForTable: boolean, customerTopic = 'customers'): Topology {
  const builder = new StreamsBuilder();
  const customers = builder.table<number, string>(customerTopic);
  builder
    .stream<number, string>('orders')
    .leftJoin(customers, { join: (order, customer) => `${order} of ${customer}`, waitForTable })
    .to('enriched');
  return builder.build('enriched');
}

async function enrichedOrders(waitForTable: boolean): Promise<unknown[]> {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  for (const topic of ['orders', 'customers']) await createTopic(broker, topic, 2);
  const run = (): Promise<void> =>
    runUntilDrained(
      applicationOf({
        topology: enriched(waitForTable),
        broker,
        // Little is fetched and buffered at a time, so that the table is far from read when the first orders are.
        config: { stateDirectory: directory.path, fetchMaxBytes: 100, bufferedRecordsPerPartition: 2 },
      }),
    );
  for (const version of [1, 2]) {
    await produce(
      broker,
      'orders',
      KEYS.map((key) => ({ key, value: `${version}`, timestamp: version * 1000 })),
    );
    await produce(
      broker,
      'customers',
      KEYS.map((key) => ({ key, value: `${key}.${version}`, timestamp: version * 1000 + 1 + key })),
    );
    await run();
  }
  return (await readAll(broker, 'enriched')).map(({ value }) => value);
}

test('a stream that waits for its table finds each row that was there at the start, at each start', async () => {
  const found = await enrichedOrders(true);
  expect(found.toSorted()).toEqual(
    [1, 2].flatMap((version) => KEYS.map((key) => `${version} of ${key}.${version}`)).toSorted(),
  );
});

test('one that does not wait goes by timestamps, and misses rows that are later', async () => {
  const found = await enrichedOrders(false);
  expect(found.slice(0, 40).every((value) => String(value).endsWith('null'))).toBe(true);
});

test('a table of results that were on their way is waited for too', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  for (const topic of ['orders', 'customers']) await createTopic(broker, topic);
  const builder = new StreamsBuilder();
  const customers = builder
    .stream<number, string>('customers')
    .mapValuesAsync(async (name) => {
      await new Promise((resolve) => setImmediate(resolve));
      return name.toUpperCase();
    })
    .toTable({ name: 'customer-names' });
  builder
    .stream<number, string>('orders')
    .join(customers, { join: (order, customer) => `${order} of ${customer}`, waitForTable: true })
    .to('enriched');
  await produce(broker, 'orders', [{ key: 1, value: 'a' }]);
  await produce(broker, 'customers', [{ key: 1, value: 'x', timestamp: 5 }]);

  await runUntilDrained(
    applicationOf({ topology: builder.build('names'), broker, config: { stateDirectory: directory.path } }),
  );

  expect(await readAll(broker, 'enriched')).toEqual([{ key: 1, value: 'a of X' }]);
});

test('streams that wait for each other are refused', () => {
  const builder = new StreamsBuilder();
  const [a, b] = ['a', 'b'].map((topic) => builder.stream<string, number>(topic));
  const tables = [a, b].map((stream, index) => stream?.toTable({ name: `table-${index}` }));
  const join = (left: number, right: number): number => left + right;
  a?.join(tables[1] as NonNullable<(typeof tables)[1]>, { join, waitForTable: true });
  b?.join(tables[0] as NonNullable<(typeof tables)[0]>, { join, waitForTable: true });
  expect(() => builder.build('circle')).toThrow(
    expect.objectContaining({
      code: 'TOPOLOGY_INVALID',
      message: expect.stringContaining('a -> b -> a'),
    }) as MillraceError,
  );
});

test('a stream of the topic that the table is of does not wait for itself', () => {
  const builder = new StreamsBuilder();
  const stream = builder.stream<string, number>('a');
  stream.join(stream.toTable({ name: 'latest' }), { join: (left, right) => left + right, waitForTable: true });
  expect(builder.build('itself').tableWaits).toEqual([]);
});

test('merged repartition topics are waited for under the name that stays', () => {
  const builder = new StreamsBuilder();
  const keyed = builder.stream<string, string>('a').selectKey((value) => value);
  const counts = keyed.groupByKey().count({ name: 'first' });
  keyed.groupByKey().count({ name: 'second' });
  builder.stream<string, number>('b').join(counts, { join: (left, right) => left + right, waitForTable: true });
  const topology = optimize(builder.build('merged'), ['mergeRepartitionTopics']);
  expect(topology.tableWaits.flatMap(({ tables }) => tables)).toEqual([...topology.repartitionTopics.keys()]);
});
