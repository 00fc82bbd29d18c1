import type { Connection, RowDataPacket } from 'mysql2/promise';
import { expect } from 'vitest';
import { type Row, rowsOfView, shopViews } from '../../scripts/demo/shop-views.ts';
import type { Broker } from '../../src/broker/port.ts';
import { readTable, readTopic } from '../support/topics.ts';

/** Expects every derived topic to be what MySQL itself says of its tables. */
export async function expectViewsToEqualMySql(broker: Broker, connection: Connection): Promise<void> {
  for (const view of shopViews) {
    const { topic } = view;
    const expected = await rowsOfView(connection, view);
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

function line({ order_id, line: number, product_id, quantity, price, product, category }: Row): string {
  return JSON.stringify([order_id, number, product_id, quantity, price, product, category]);
}
