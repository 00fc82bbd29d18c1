import type { Connection, RowDataPacket } from 'mysql2/promise';

const ORDER = `o.id, o.customer_id, o.product_id, o.status, o.quantity, CAST(o.amount AS CHAR) AS amount,
  DATE_FORMAT(o.placed_at, '%Y-%m-%dT%H:%i:%s.') AS placed_s, LPAD(MICROSECOND(o.placed_at) DIV 1000, 3, '0') AS placed_ms`;

/** A row of a view, as its topic has it. */
export type Row = { readonly [column: string]: unknown };

/** A topic that a topology of the shop makes from tables, with the SELECT that it must equal at rest. */
interface ShopView {
  readonly topic: string;
  readonly select: string;
  readonly row: (row: Row) => Row;
  readonly key: (row: Row) => unknown;
}

/** Those of all topologies in `topologies/`. */
export const shopViews: readonly ShopView[] = [
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

/** What the topic of a view must have, by the JSON text of the key. Times are read in UTC, whatever the session had. */
export async function rowsOfView(
  connection: Connection,
  { select, row, key }: ShopView,
): Promise<ReadonlyMap<string, Row>> {
  await connection.query("SET time_zone = '+00:00'");
  const [rows] = await connection.query<RowDataPacket[]>(select);
  return new Map(rows.map((found) => [JSON.stringify(key(found)), row(found)]));
}

function order({ placed_s, placed_ms, ...rest }: Row): Row {
  return { ...rest, placed_at: `${String(placed_s)}${String(placed_ms)}Z` };
}
