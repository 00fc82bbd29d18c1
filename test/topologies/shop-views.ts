import type { Connection, RowDataPacket } from 'mysql2/promise';
import { expect } from 'vitest';
import type { Broker } from '../../src/broker/port.ts';
import { readTable, readTopic } from '../support/topics.ts';

const ORDER = `o.id, o.customer_id, o.product_id, o.status, o.quantity, CAST(o.amount AS CHAR) AS amount,
  DATE_FORMAT(o.placed_at, '%Y-%m-%dT%H:%i:%s.') AS placed_s, LPAD(MICROSECOND(o.placed_at) DIV 1000, 3, '0') AS placed_ms`;

type Row = { readonly [column: string]: unknown };

/** Each topic that a topology of the shop makes from tables, with the SELECT it must equal at rest. */
const views: readonly { topic: string; select: string; row: (row: Row) => Row; key: (row: Row) => unknown }[] = [
  {
    topic: 'shop.paid-orders',
    select: `SELECT ${ORDER} FROM orders o WHERE o.status = 'paid'`,
    row: order,
    key: (row) => row['id'],
  },
  {
    topic: 'shop.cancelled-orders',
    select: `SELECT ${ORDER} FROM orders o WHERE o.status = 'cancelled'`,
    row: order,
    key: (row) => row['id'],
  },
  {
    topic: 'shop.enriched-orders',
    select: `SELECT ${ORDER}, c.name AS customer, c.country, p.name AS product
               FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN products p ON p.id = o.product_id`,
    row: order,
    key: (row) => row['id'],
  },
  {
    topic: 'shop.revenue-by-country',
    select: `SELECT c.country, COUNT(*) AS orders, CAST(SUM(o.amount) * 100 AS SIGNED) AS cents
               FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status <> 'cancelled' GROUP BY c.country`,
    row: ({ orders, cents }) => ({ orders, cents }),
    key: (row) => row['country'],
  },
  {
    topic: 'shop.orders-by-day',
    select: `SELECT status, DATE_FORMAT(placed_at, '%Y-%m-%d') AS day, COUNT(*) AS orders, CAST(SUM(amount) * 100 AS SIGNED) AS cents
               FROM orders GROUP BY 1, 2`,
    row: ({ orders, cents }) => ({ orders, cents }),
    key: ({ status, day }) => ({ status, day }),
  },
  {
    topic: 'shop.hashed-emails',
    select: 'SELECT id, country, SHA2(email, 256) AS email_sha256 FROM customers',
    row: ({ country, email_sha256 }) => ({ country, email_sha256 }),
    key: (row) => row['id'],
  },
];

/** Expects every derived topic to be what MySQL itself says of its tables. */
export async function expectViewsToEqualMySql(broker: Broker, connection: Connection): Promise<void> {
  await connection.query("SET time_zone = '+00:00'");
  for (const { topic, select, row, key } of views) {
    const [rows] = await connection.query<RowDataPacket[]>(select);
    const expected = new Map(rows.map((found) => [JSON.stringify(key(found)), row(found)]));
    const actual = await readTable<Row>(broker, topic);
    expect(Object.fromEntries(actual), topic).toEqual(Object.fromEntries(expected));
    expect(actual.size, `rows of ${topic}`).toBeGreaterThan(0);
  }
}

/**
 * Expects the log of sold items to be true: every line names a product as it was at some time, and every line that MySQL
 * has now, of a product that never changed its name, was sent as it is.
 */
export async function expectSoldItemsToBeTrue(broker: Broker, connection: Connection): Promise<void> {
  const versions = new Map<unknown, Set<string>>();
  for (const { value } of await readTopic(broker, 'mysql.shop.products')) {
    if (value === null) continue;
    const { id, name, category } = JSON.parse(value.toString('utf8')) as Row;
    versions.set(id, (versions.get(id) ?? new Set()).add(`${String(name)}/${String(category)}`));
  }
  const sent = new Set<string>();
  for (const { value } of await readTopic(broker, 'shop.sold-items')) {
    const item = JSON.parse(String(value)) as Row;
    sent.add(line(item));
    expect([...(versions.get(item['product_id']) ?? [])]).toContain(
      `${String(item['product'])}/${String(item['category'])}`,
    );
  }
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT i.order_id, i.line, i.product_id, i.quantity, CAST(i.price AS CHAR) AS price, p.name AS product, p.category
       FROM order_items i JOIN products p ON p.id = i.product_id`,
  );
  const steady = rows.filter((row) => versions.get(row['product_id'])?.size === 1);
  expect(steady.length).toBeGreaterThan(0);
  expect(steady.map(line).filter((text) => !sent.has(text))).toEqual([]);
}

function order({ placed_s, placed_ms, ...rest }: Row): Row {
  return { ...rest, placed_at: `${String(placed_s)}${String(placed_ms)}Z` };
}

function line({ order_id, line: number, product_id, quantity, price, product, category }: Row): string {
  return JSON.stringify([order_id, number, product_id, quantity, price, product, category]);
}
