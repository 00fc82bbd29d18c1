import type { Connection } from 'mysql2/promise';
import { systemClock, type Clock } from '../../src/core/clock.ts';
import { SeededRandom } from './seeded-random.ts';
import { createShopTables } from './shop-schema.ts';
import { ShopSession, type OrderItem } from './shop-session.ts';
import { inventCustomer, inventProduct, statuses } from './shop-vocabulary.ts';

const dayMs = 86_400_000;

/** How large the shop is at first. */
export interface ShopSize {
  readonly customers: number;
  readonly products: number;
  readonly orders: number;
}

/** What to load. */
export interface LoadShopOptions {
  /** In an empty database. */
  readonly connection: Connection;
  readonly seed: number;
  readonly size?: ShopSize;
  readonly clock?: Clock;
}

/**
 * Creates the shop's tables in the connection's database and fills them. The orders
 * were placed within the last week; a few belong to no customer.
 */
export async function loadShop(options: LoadShopOptions): Promise<void> {
  const { connection, seed, size = { customers: 200, products: 50, orders: 500 }, clock = systemClock } = options;
  const random = new SeededRandom(seed);
  const session = new ShopSession(connection, random, clock);
  await connection.query("SET SESSION time_zone = '+00:00'");
  await createShopTables(connection);

  const customers = Array.from({ length: size.customers }, () => [
    ...inventCustomer(random),
    session.time(random.between(0, 365 * dayMs)),
  ]);
  await session.change('INSERT INTO customers (name, email, country, created_at) VALUES ?', [customers]);

  const products = Array.from({ length: size.products }, () => inventProduct(random));
  await session.change('INSERT INTO products (name, category, price) VALUES ?', [products]);

  await connection.beginTransaction();
  for (let i = 0; i < size.orders; i++) {
    const customerId = random.percent(2) ? null : random.between(1, size.customers);
    const items = Array.from({ length: random.between(1, 4) }, (): OrderItem => {
      const index = random.between(1, size.products);
      return { productId: index, quantity: random.between(1, 5), price: products[index - 1]?.[2] ?? '0.00' };
    });
    await session.placeOrder({ customerId, items, status: random.pick(statuses), agoMs: random.between(0, 7 * dayMs) });
  }
  await connection.commit();
}
