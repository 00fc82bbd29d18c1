import type { Connection } from 'mysql2/promise';

/** The tables of the shop. No foreign keys, so that rows may dangle: joins must cope with that. */
export const shopTables: readonly string[] = ['customers', 'products', 'orders', 'order_items'];

const statements: readonly string[] = [
  `CREATE TABLE customers (
     id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
     name varchar(100) NOT NULL,
     email varchar(200) NOT NULL,
     country char(2) NOT NULL,
     created_at datetime(3) NOT NULL
   )`,
  `CREATE TABLE products (
     id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
     name varchar(100) NOT NULL,
     category varchar(50) NOT NULL,
     price decimal(10,2) NOT NULL
   )`,
  `CREATE TABLE orders (
     id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
     customer_id int NULL,
     product_id int NULL,
     status enum('new','paid','shipped','cancelled') NOT NULL,
     quantity int NOT NULL,
     amount decimal(12,2) NOT NULL,
     placed_at timestamp(3) NOT NULL
   )`,
  `CREATE TABLE order_items (
     order_id bigint NOT NULL,
     line int NOT NULL,
     product_id int NOT NULL,
     quantity int NOT NULL,
     price decimal(10,2) NOT NULL,
     PRIMARY KEY (order_id, line)
   )`,
];

/** Creates the shop's tables, empty, in the connection's database. */
export async function createShopTables(connection: Connection): Promise<void> {
  for (const statement of statements) await connection.query(statement);
}
