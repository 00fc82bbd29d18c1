import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { runInAnyOrder } from './run-in-any-order.ts';
import { anyKey, anyUpdates, rowsOf, runProgram, tableOf, type Update } from './run-program.ts';

interface Order {
  readonly customer: string | null;
  readonly amount: number;
}

interface Customer {
  readonly country: string;
}

const anyAmount = fc.integer({ min: 1, max: 5 });
const anyCustomer = fc.record({ country: fc.constantFrom('fr', 'de') });
const anyShop = anyUpdates({
  orders: fc.record({ customer: fc.option(anyKey), amount: anyAmount }),
  customers: anyCustomer,
});

/** Two orders that change all the time, so that answers to outdated rows are frequent. */
const anyBusyShop = fc.array(
  fc.oneof(
    anyRow('orders', ['a', 'b'], fc.record({ customer: fc.constantFrom('x', 'y', null), amount: anyAmount })),
    anyRow('customers', ['x', 'y'], anyCustomer),
  ),
  { maxLength: 30, size: 'max' },
);

function anyRow(topic: string, keys: readonly string[], row: fc.Arbitrary<unknown>): fc.Arbitrary<Update> {
  const value = fc.option(row, { freq: 3 });
  return fc.record({ topic: fc.constant(topic), key: fc.constantFrom(...keys), value, timestamp: fc.nat({ max: 30 }) });
}

function expectedRows(
  updates: readonly Update[],
  isLeftJoin: boolean,
): Map<string, { amount: number; country: string | null }> {
  const customers = tableOf<Customer>(updates, 'customers');
  const rows = new Map<string, { amount: number; country: string | null }>();
  for (const [key, { value }] of tableOf<Order>(updates, 'orders')) {
    const { customer, amount } = value as Order;
    const country = (customer === null ? undefined : customers.get(customer)?.value)?.country ?? null;
    if (country !== null || isLeftJoin) rows.set(key, { amount, country });
  }
  return rows;
}

function joined(operator: 'join' | 'leftJoin'): (builder: StreamsBuilder) => void {
  return (builder) => {
    const orders = builder.table<string, Order>('orders');
    const customers = builder.table<string, Customer>('customers');
    const options = {
      foreignKey: (order: Order) => order.customer,
      join: ({ amount }: Order, customer: Customer | null) => ({ amount, country: customer?.country ?? null }),
      name: 'with-customer',
    };
    const result = operator === 'join' ? orders.join(customers, options) : orders.leftJoin(customers, options);
    result.toStream().to('out');
  };
}

describe.each([
  { operator: 'join', isLeftJoin: false },
  { operator: 'leftJoin', isLeftJoin: true },
] as const)('$operator by a foreign key', ({ operator, isLeftJoin }) => {
  test('has the rows that joining the last rows gives', async () => {
    await fc.assert(
      fc.asyncProperty(anyShop, async (updates) => {
        const records = await runProgram(joined(operator), updates);

        expect(rowsOf(records)).toEqual(expectedRows(updates, isLeftJoin));
      }),
      { numRuns: 300 },
    );
  });

  test('has them though rows, questions and answers are processed in any order', async () => {
    const anyChoices = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 40, size: 'max' });
    await fc.assert(
      fc.asyncProperty(anyBusyShop, anyChoices, async (updates, choices) => {
        const records = await runInAnyOrder(joined(operator), updates, choices);

        expect(rowsOf(records)).toEqual(expectedRows(updates, isLeftJoin));
      }),
      { numRuns: 500 },
    );
  });

  test('then a grouping and a sum follow every change', async () => {
    await fc.assert(
      fc.asyncProperty(anyShop, fc.boolean(), async (updates, queryable) => {
        const records = await runProgram((builder) => {
          const orders = builder.table<string, Order>('orders').filter(({ amount }) => amount < 5);
          const customers = builder.table<string, Customer>('customers').mapValues(({ country }) => country);
          const options = {
            foreignKey: (order: Order) => order.customer,
            join: ({ amount }: Order, country: string | null) => ({ amount, country }),
            name: 'with-customer',
            queryable,
          };
          const result = operator === 'join' ? orders.join(customers, options) : orders.leftJoin(customers, options);
          result
            .groupBy(({ amount, country }) => [country ?? 'none', amount])
            .aggregate({
              initializer: () => 0,
              adder: (sum, amount) => sum + amount,
              subtractor: (sum, amount) => sum - amount,
              name: 'revenue',
            })
            .toStream()
            .to('out');
        }, updates);

        const kept = updates.map((update) =>
          update.topic === 'orders' && update.value?.amount === 5 ? { ...update, value: null } : update,
        );
        const revenue = new Map<string, number>();
        for (const { amount, country } of expectedRows(kept, isLeftJoin).values()) {
          revenue.set(country ?? 'none', (revenue.get(country ?? 'none') ?? 0) + amount);
        }
        expect(new Map([...rowsOf(records)].filter(([, sum]) => sum !== 0))).toEqual(revenue);
      }),
      { numRuns: 200 },
    );
  });
});

test('two joins by foreign keys in a row have the rows of all three tables', async () => {
  const anyTables = anyUpdates({
    lines: fc.record({ order: anyKey }),
    orders: fc.record({ customer: anyKey }),
    customers: fc.record({ country: fc.constantFrom('fr', 'de') }),
  });
  await fc.assert(
    fc.asyncProperty(anyTables, async (updates) => {
      const records = await runProgram((builder) => {
        const orders = builder.table<string, { customer: string }>('orders');
        builder
          .table<string, { order: string }>('lines')
          .join(orders, {
            foreignKey: (line) => line.order,
            join: (_line, order) => order.customer,
            name: 'line-order',
          })
          .join(builder.table<string, Customer>('customers'), {
            foreignKey: (customer) => customer,
            join: (_customer, { country }) => country,
            name: 'line-customer',
          })
          .toStream()
          .to('out');
      }, updates);

      const [orders, customers] = [
        tableOf<{ customer: string }>(updates, 'orders'),
        tableOf<Customer>(updates, 'customers'),
      ];
      const expected = new Map<string, string>();
      for (const [key, { value }] of tableOf<{ order: string }>(updates, 'lines')) {
        const customer = orders.get(value?.order as string)?.value?.customer;
        const country = customer === undefined ? undefined : customers.get(customer)?.value?.country;
        if (country !== undefined) expected.set(key, country);
      }
      expect(rowsOf(records)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});
