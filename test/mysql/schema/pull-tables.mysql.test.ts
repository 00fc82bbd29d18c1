import { expect, test } from 'vitest';
import { pullTables } from '../../../src/mysql/schema/pull-tables.ts';
import { createTestDatabase } from '../../support/mysql.ts';

test('a database becomes a module of row interfaces, keys and descriptors, the same text each time', async () => {
  await using database = await createTestDatabase();
  await database.connection.query(`
    CREATE TABLE orders (id INT PRIMARY KEY, total DECIMAL(10,2) NOT NULL, state ENUM('new','it''s "done"') NOT NULL,
      placed_at DATETIME(3), account BIGINT NOT NULL, details JSON, \`odd-name\` BLOB);
    CREATE TABLE order_items (order_id INT, line SMALLINT UNSIGNED, PRIMARY KEY (order_id, line));
    CREATE TABLE \`order-items\` (n INT)`);
  const options = { url: database.url, database: database.name, topicPrefix: 'my', bigint: 'bigint' } as const;

  const module = (await pullTables(options)).descriptors;

  expect((await pullTables(options)).descriptors).toBe(module);
  expect(module.replaceAll(database.name, 'shop'))
    .toBe(`// Written by "millrace mysql pull": pull again after a change of the schema instead of editing.
import { mysqlTable } from 'millrace';

/** A row of \`shop.order-items\`. */
export interface OrderItem {
  readonly n: number | null;
}

/** The key of a \`OrderItem\`. */
export type OrderItemKey = null;

export const orderItems = mysqlTable<OrderItemKey, OrderItem>({
  database: 'shop',
  table: 'order-items',
  topicPrefix: 'my',
  primaryKey: [],
  bigint: 'bigint',
  columns: {
    n: 'int',
  },
});

/** A row of \`shop.order_items\`. */
export interface OrderItem2 {
  readonly order_id: number;
  readonly line: number;
}

/** The key of a \`OrderItem2\`. */
export interface OrderItem2Key {
  readonly order_id: number;
  readonly line: number;
}

export const orderItems2 = mysqlTable<OrderItem2Key, OrderItem2>({
  database: 'shop',
  table: 'order_items',
  topicPrefix: 'my',
  primaryKey: ['order_id', 'line'],
  bigint: 'bigint',
  columns: {
    order_id: 'int not null',
    line: 'smallint unsigned not null',
  },
});

/** A row of \`shop.orders\`. */
export interface Order {
  readonly id: number;
  /** An exact decimal number. */
  readonly total: string;
  readonly state: 'new' | 'it\\'s "done"';
  /** A date and time without a zone: \`2024-02-29T12:34:56\`. */
  readonly placed_at: string | null;
  /** A bigint where it is not a safe integer. */
  readonly account: number | bigint;
  readonly details: unknown;
  /** Bytes in base64. */
  readonly 'odd-name': string | null;
}

/** The key of a \`Order\`. */
export type OrderKey = number;

export const orders = mysqlTable<OrderKey, Order>({
  database: 'shop',
  table: 'orders',
  topicPrefix: 'my',
  primaryKey: ['id'],
  bigint: 'bigint',
  columns: {
    id: 'int not null',
    total: 'decimal not null',
    state: 'enum not null',
    placed_at: 'datetime',
    account: 'bigint not null',
    details: 'json',
    'odd-name': 'blob',
  },
});
`);
});

test('a database that is not there is MYSQL_DATABASE_NOT_FOUND', async () => {
  await using database = await createTestDatabase();

  const pulling = pullTables({ url: database.url, database: 'nowhere_at_all', topicPrefix: 'my', bigint: 'error' });

  await expect(pulling).rejects.toMatchObject({ code: 'MYSQL_DATABASE_NOT_FOUND' });
});
