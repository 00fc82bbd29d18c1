import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { systemClock, type Clock } from '../../src/core/clock.ts';
import type { SeededRandom } from './seeded-random.ts';
import { toCents, toDecimal } from './shop-vocabulary.ts';

/** A table with a single numeric key. */
export type KeyedTable = 'customers' | 'products' | 'orders';

/** What an order consists of, as the columns of `order_items`. */
export interface OrderItem {
  readonly productId: number;
  readonly quantity: number;
  readonly price: string;
}

/** A connection to the shop: counts the rows that it changes, finds random rows, and places orders. */
export class ShopSession {
  readonly random: SeededRandom;
  readonly #connection: Connection;
  readonly #clock: Clock;
  /** Rows inserted, changed and deleted so far. */
  changedRows = 0;

  constructor(connection: Connection, random: SeededRandom, clock: Clock = systemClock) {
    this.#connection = connection;
    this.random = random;
    this.#clock = clock;
  }

  /** The time of this moment less some milliseconds, as MySQL reads it in UTC. */
  time(agoMs = 0): string {
    return new Date(this.#clock.now() - agoMs).toISOString().slice(0, -1).replace('T', ' ');
  }

  /** Runs a statement that changes rows and gives the id of a row it inserted. */
  async change(statement: string, values: readonly unknown[] = []): Promise<number> {
    const [header] = await this.#connection.query<ResultSetHeader>(statement, [...values]);
    const changed = /Changed: (\d+)/.exec(header.info)?.[1];
    this.changedRows += changed === undefined ? header.affectedRows : Number(changed);
    return header.insertId;
  }

  /** The rows of a query. */
  async select<Row>(statement: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const [rows] = await this.#connection.query<RowDataPacket[]>(statement, [...values]);
    return rows as readonly unknown[] as readonly Row[];
  }

  /** The key of a random row, or undefined where the table is empty. */
  async randomId(table: KeyedTable): Promise<number | undefined> {
    const [range] = await this.select<{ low: number | null; high: number }>(
      `SELECT MIN(id) AS low, MAX(id) AS high FROM ${table}`,
    );
    if (range === undefined || range.low === null) return undefined;
    const id = this.random.between(range.low, range.high);
    const [row] = await this.select<{ id: number }>(`SELECT id FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`, [id]);
    return row?.id;
  }

  /** Inserts an order with its items and gives its id. `agoMs`: how long ago it was placed. */
  async placeOrder(order: {
    customerId: number | null;
    items: readonly OrderItem[];
    status: string;
    agoMs: number;
  }): Promise<number> {
    const { customerId, items, status, agoMs } = order;
    const cents = items.reduce((sum, item) => sum + item.quantity * toCents(item.price), 0);
    const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
    const id = await this.change(
      'INSERT INTO orders (customer_id, product_id, status, quantity, amount, placed_at) VALUES (?, ?, ?, ?, ?, ?)',
      [customerId, items[0]?.productId ?? null, status, quantity, toDecimal(cents), this.time(agoMs)],
    );
    const rows = items.map((item, index) => [id, index + 1, item.productId, item.quantity, item.price]);
    await this.change('INSERT INTO order_items (order_id, line, product_id, quantity, price) VALUES ?', [rows]);
    return id;
  }

  /** Makes an order's amount and quantity those of its items. */
  async settleOrder(orderId: number): Promise<void> {
    await this.change(
      `UPDATE orders o JOIN (SELECT COALESCE(SUM(quantity * price), 0) AS amount, COALESCE(SUM(quantity), 0) AS quantity
                               FROM order_items WHERE order_id = ?) i
          SET o.amount = i.amount, o.quantity = i.quantity WHERE o.id = ?`,
      [orderId, orderId],
    );
  }

  /** Some items of random products at their present prices; at least one where there are products. */
  async inventItems(): Promise<readonly OrderItem[]> {
    const items: OrderItem[] = [];
    for (let count = this.random.between(1, 4); count > 0; count--) {
      const id = await this.randomId('products');
      const [product] = await this.select<{ id: number; price: string }>(
        'SELECT id, price FROM products WHERE id = ?',
        [id],
      );
      if (product !== undefined)
        items.push({ productId: product.id, quantity: this.random.between(1, 5), price: product.price });
    }
    return items;
  }
}
