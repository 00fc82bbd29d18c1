import type { Connection } from 'mysql2/promise';
import { insertOrders, ORDERS_COLUMNS } from '../../mysql/orders-table.ts';

const ROWS_PER_STATEMENT = 1000;

/** Makes `bench.orders`, empty, whatever was there. */
export async function createOrdersTable(connection: Connection): Promise<void> {
  await connection.query(
    `CREATE DATABASE IF NOT EXISTS bench; DROP TABLE IF EXISTS bench.orders; CREATE TABLE bench.orders (${ORDERS_COLUMNS})`,
  );
}

/**
 * Changes as many rows as the table has, which are those from 0 on: of ten, six are updated, three inserted, one deleted;
 * 1000 in each transaction. Gives how many changes there were.
 */
export async function changeOrders(connection: Connection, rows: number): Promise<number> {
  const statements = Math.floor(rows / ROWS_PER_STATEMENT);
  let next = rows;
  for (let index = 0; index < statements; index++) {
    const ids = `id >= ${index * ROWS_PER_STATEMENT} AND id < ${(index + 1) * ROWS_PER_STATEMENT}`;
    const kind = index % 10;
    if (kind < 6) await connection.query(`UPDATE bench.orders SET status = 'returned', total = total + 1 WHERE ${ids}`);
    else if (kind < 9) {
      await insertOrders(connection, { table: 'bench.orders', from: next, count: ROWS_PER_STATEMENT });
      next += ROWS_PER_STATEMENT;
    } else await connection.query(`DELETE FROM bench.orders WHERE ${ids}`);
  }
  return statements * ROWS_PER_STATEMENT;
}
