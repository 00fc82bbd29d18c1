import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { topology, type Topology } from '../../src/index.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  runUntilDrained,
  temporaryDirectory,
} from './application-fixtures.ts';

/** The sum of the products of the rows that two tables have under one key: a table over two repartitions. */
function sumOfProducts(): Topology {
  return topology('products', (builder) => {
    builder
      .table<string, number>('left')
      .join(builder.table<string, number>('right'), { join: (a, b) => a * b, store: 'joined', name: 'joined-rows' })
      .groupBy((product) => [`g${product % 2}`, product])
      .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sums' })
      .toStream()
      .to('out');
  });
}

const anyUpdate = fc.record({
  topic: fc.constantFrom('left', 'right'),
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 4 }),
});
type AnyUpdate = typeof anyUpdate extends fc.Arbitrary<infer T> ? T : never;

function expectedOf(updates: readonly AnyUpdate[]): Map<string, number> {
  const rows = (topic: string): Map<string, number | null> =>
    new Map(updates.filter((update) => update.topic === topic).map(({ key, value }) => [key, value]));
  const right = rows('right');
  const sums = new Map<string, number>();
  for (const [key, value] of rows('left')) {
    const product = (value ?? 0) * (right.get(key) ?? 0);
    if (product > 0) sums.set(`g${product % 2}`, (sums.get(`g${product % 2}`) ?? 0) + product);
  }
  return sums;
}

test.each([1_000_000, 1000])(
  'tables end the same after restarts with a record cache of %d bytes',
  async (bytes) => {
    const rounds = fc.array(fc.array(anyUpdate, { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        await using directory = await temporaryDirectory();
        const broker = await EmbeddedBroker.inMemory();
        await createTopic(broker, 'left', 2);
        await createTopic(broker, 'right', 2);
        for (const updates of all) {
          for (const { topic, ...record } of updates) await produce(broker, topic, [record]);
          const config = { stateDirectory: directory.path, recordCacheBytes: bytes };
          await runUntilDrained(applicationOf({ topology: sumOfProducts(), broker, config }));
        }
        const last = new Map((await readAll(broker, 'out')).map(({ key, value }) => [key, value]));

        expect(new Map([...last].filter(([, sum]) => sum !== 0))).toEqual(expectedOf(all.flat()));
        await broker.close();
      }),
      { numRuns: 10 },
    );
  },
  30_000,
);

test('the updates of one key between two commits are emitted once', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'left');
  await produce(
    broker,
    'left',
    Array.from({ length: 500 }, (_, value) => ({ key: 'a', value })),
  );
  const counted = topology('counted', (builder) => {
    builder.stream<string, number>('left').groupByKey().count({ name: 'counts' }).toStream().to('out');
  });
  const config = { stateDirectory: directory.path, recordCacheBytes: 1_000_000, commitIntervalMs: 60_000 };
  const application = applicationOf({ topology: counted, broker, config });
  await application.start();
  await drained(application);
  await application.close();

  expect(await readAll(broker, 'out')).toEqual([{ key: 'a', value: 500 }]);
  await broker.close();
});
