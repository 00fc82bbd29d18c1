import type { Connection } from 'mysql2/promise';

const ROWS_PER_STATEMENT = 1000;

/** The columns of the tables of orders that capturing is measured with. */
export const ORDERS_COLUMNS =
  'id INT PRIMARY KEY, customer_id INT, status VARCHAR(20), total DECIMAL(10,2), created_at DATETIME(3), ' +
  'note VARCHAR(100), attributes JSON';

/** Inserts the orders of these ids into a table, 1000 in each transaction. */
export async function insertOrders(
  connection: Connection,
  { table, from, count }: { table: string; from: number; count: number },
): Promise<void> {
  for (let first = from; first < from + count; first += ROWS_PER_STATEMENT) {
    const length = Math.min(ROWS_PER_STATEMENT, from + count - first);
    const values = Array.from({ length }, (_, index) => orderRow(first + index));
    await connection.query(`INSERT INTO ${table} VALUES ${values.join(',')}`);
  }
}

/** An order as SQL. */
export function orderRow(id: number): string {
  return `(${id}, ${id % 5000}, 'shipped', ${(id % 9999) / 100}, '2024-02-29 12:34:56.789', 'a note of some words, numbered ${id}', '{"gift": true, "lines": [1, 2, ${id}]}')`;
}
