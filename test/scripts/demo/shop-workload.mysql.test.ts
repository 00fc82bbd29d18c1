import type { Connection, RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../scripts/demo/seeded-random.ts';
import { shopChanges } from '../../../scripts/demo/shop-changes.ts';
import { loadShop } from '../../../scripts/demo/shop-loader.ts';
import { shopTables } from '../../../scripts/demo/shop-schema.ts';
import { ShopSession } from '../../../scripts/demo/shop-session.ts';
import { ShopWorkload } from '../../../scripts/demo/shop-workload.ts';
import { createTestDatabase } from '../../support/mysql.ts';

const clock = { now: () => Date.UTC(2026, 0, 2) };
const size = { customers: 30, products: 12, orders: 60 };

async function select(connection: Connection, statement: string): Promise<RowDataPacket[]> {
  const [rows] = await connection.query<RowDataPacket[]>(statement);
  return rows;
}

async function shopAfter(
  connection: Connection,
  { seed, steps }: { seed: number; steps: number },
): Promise<ShopWorkload> {
  await loadShop({ connection, seed, size, clock });
  const workload = new ShopWorkload({ connection, seed, clock });
  for (let i = 0; i < steps; i++) await workload.step();
  return workload;
}

async function contents(connection: Connection): Promise<unknown> {
  return Promise.all(shopTables.map((table) => select(connection, `SELECT * FROM ${table} ORDER BY 1, 2`)));
}

describe('loadShop', () => {
  it('makes a shop of the size asked for, whose amounts are those of the items', async () => {
    await using database = await createTestDatabase();

    await loadShop({ connection: database.connection, seed: 1, size, clock });

    const counts = 'SELECT (SELECT COUNT(*) FROM customers) AS customers, (SELECT COUNT(*) FROM products) AS products';
    expect(await select(database.connection, `${counts}, (SELECT COUNT(*) FROM orders) AS orders`)).toEqual([size]);
    expect(await wrongOrders(database.connection)).toEqual([]);
  });
});

describe('ShopWorkload', () => {
  it('leaves orders with the amounts of their items, no item without an order, and orders that dangle', async () => {
    await using database = await createTestDatabase();

    await shopAfter(database.connection, { seed: 7, steps: 300 });

    expect(await wrongOrders(database.connection)).toEqual([]);
    expect(
      await select(database.connection, 'SELECT * FROM order_items WHERE order_id NOT IN (SELECT id FROM orders)'),
    ).toEqual([]);
    const [dangling] = await select(
      database.connection,
      `SELECT COUNT(*) > 0 AS some FROM orders o LEFT JOIN customers c ON c.id = o.customer_id
        WHERE o.customer_id IS NOT NULL AND c.id IS NULL`,
    );
    const [nobody] = await select(
      database.connection,
      'SELECT COUNT(*) > 0 AS some FROM orders WHERE customer_id IS NULL',
    );
    expect([dangling, nobody]).toEqual([{ some: 1 }, { some: 1 }]);
  });

  it('makes the same shop from the same seed, and another from another', async () => {
    await using first = await createTestDatabase();
    await using second = await createTestDatabase();
    await using third = await createTestDatabase();

    await shopAfter(first.connection, { seed: 3, steps: 60 });
    await shopAfter(second.connection, { seed: 3, steps: 60 });
    await shopAfter(third.connection, { seed: 4, steps: 60 });

    expect(await contents(second.connection)).toEqual(await contents(first.connection));
    expect(await contents(third.connection)).not.toEqual(await contents(first.connection));
  });

  it.each(shopChanges.filter((change) => change.name !== 'delete order'))('changes rows to $name', async (change) => {
    await using database = await createTestDatabase();
    await loadShop({ connection: database.connection, seed: 1, size, clock });
    const session = new ShopSession(database.connection, new SeededRandom(1), clock);

    for (let i = 0; i < 5; i++) await change.make(session);

    expect(session.changedRows).toBeGreaterThan(0);
  });

  it('goes on until it is told to stop', async () => {
    await using database = await createTestDatabase();
    const { connection } = database;
    await loadShop({ connection, seed: 1, size, clock });
    const workload = new ShopWorkload({ connection, seed: 1, changesPerSecond: 100_000, clock });
    const stop = new AbortController();

    const running = workload.run(stop.signal);
    await expect.poll(() => workload.changedRows).toBeGreaterThan(20);
    stop.abort();
    await running;

    const changedRows = workload.changedRows;
    expect(await wrongOrders(connection)).toEqual([]);
    expect(workload.changedRows).toBe(changedRows);
  });
});

async function wrongOrders(connection: Connection): Promise<RowDataPacket[]> {
  return select(
    connection,
    `SELECT o.id FROM orders o
       LEFT JOIN (SELECT order_id, SUM(quantity * price) AS amount, SUM(quantity) AS quantity FROM order_items GROUP BY order_id) i
         ON i.order_id = o.id
      WHERE o.amount <> COALESCE(i.amount, 0) OR o.quantity <> COALESCE(i.quantity, 0)`,
  );
}
