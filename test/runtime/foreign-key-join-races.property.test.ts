import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { topology } from '../../src/dsl/topology-definition.ts';
import { memoryBackend } from '../../src/store/memory/memory-backend.ts';
import { readTable } from '../support/topics.ts';
import { applicationOf, createTopic, produce, runUntilDrained, temporaryDirectory } from './application-fixtures.ts';

interface Order {
  readonly customer: string | null;
  readonly n: number;
}

/** A change of either table; null deletes. */
type Step = {
  readonly table: 'orders' | 'customers';
  readonly key: string;
  readonly value: Order | { name: number } | null;
};

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    table: fc.constant('orders' as const),
    key: fc.constantFrom('o1', 'o2', 'o3'),
    value: fc.option(fc.record({ customer: fc.option(fc.constantFrom('a', 'b', 'c'), { freq: 6 }), n: fc.nat(9) }), {
      freq: 4,
    }),
  }),
  fc.record({
    table: fc.constant('customers' as const),
    key: fc.constantFrom('a', 'b', 'c'),
    value: fc.option(fc.record({ name: fc.nat(9) }), { freq: 2 }),
  }),
);

const bothJoins = topology('fk-races', (builder) => {
  const orders = builder.table<string, Order>('orders');
  const customers = builder.table<string, { name: number }>('customers');
  const foreignKey = (order: Order): string | null => order.customer;
  orders
    .join(customers, { foreignKey, join: (o, c) => ({ n: o.n, c: c.name }), name: 'inner' })
    .toStream()
    .to('inner');
  orders
    .leftJoin(customers, { foreignKey, join: (o, c) => ({ n: o.n, c: c?.name ?? null }), name: 'left' })
    .toStream()
    .to('left');
});

/** What both results are when everything is done, computed from the rows. */
function expected(steps: readonly Step[]): { inner: object; left: object } {
  const rows = { orders: new Map<string, unknown>(), customers: new Map<string, unknown>() };
  for (const { table, key, value } of steps) {
    if (value === null) rows[table].delete(key);
    else rows[table].set(key, value);
  }
  const result: { inner: { [key: string]: object }; left: { [key: string]: object } } = { inner: {}, left: {} };
  for (const [key, row] of rows.orders as Map<string, Order>) {
    const customer = rows.customers.get(row.customer ?? '') as { name: number } | undefined;
    result.left[JSON.stringify(key)] = { n: row.n, c: customer?.name ?? null };
    if (customer !== undefined) result.inner[JSON.stringify(key)] = { n: row.n, c: customer.name };
  }
  return result;
}

// All records of a phase are there before the application starts, so that one side of the join runs ahead of the answers
// that are on their way through the topics between: what happens whenever it has to catch up.
test('a foreign-key join ends right however far one side runs ahead of the answers', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      async (phases) => {
        await using directory = await temporaryDirectory();
        const broker = await EmbeddedBroker.inMemory();
        for (const topic of ['orders', 'customers']) await createTopic(broker, topic, 2);
        let timestamp = 0;
        for (const phase of phases) {
          for (const { table, key, value } of phase)
            await produce(broker, table, [{ key, value, timestamp: timestamp++ }]);
          const application = applicationOf({
            topology: bothJoins,
            broker,
            storeBackend: memoryBackend(),
            config: { stateDirectory: directory.path },
          });
          await runUntilDrained(application);
        }
        const wanted = expected(phases.flat());
        expect(Object.fromEntries(await readTable(broker, 'inner')), 'inner').toEqual(wanted.inner);
        expect(Object.fromEntries(await readTable(broker, 'left')), 'left').toEqual(wanted.left);
        await broker.close();
      },
    ),
    { numRuns: 150 },
  );
});
