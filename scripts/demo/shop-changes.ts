import type { ShopSession } from './shop-session.ts';
import { countries, inventCustomer, inventPrice, inventProduct, statuses } from './shop-vocabulary.ts';

/** One kind of change, made within a transaction. */
export interface ShopChange {
  readonly name: string;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  readonly make: (session: ShopSession) => Promise<void>;
  /** True where the transaction is rolled back, so that nothing of it may ever be seen. */
  readonly rolledBack?: boolean;
}

/** Every kind of change that the workload makes. */
export const shopChanges: readonly ShopChange[] = [
  { name: 'place order', weight: 30, make: placeOrder },
  { name: 'advance order', weight: 20, make: advanceOrder },
  { name: 'move order to another customer', weight: 8, make: moveOrder },
  { name: 'change product of order', weight: 5, make: changeProductOfOrder },
  { name: 'change items', weight: 10, make: changeItems },
  { name: 'renumber item', weight: 3, make: renumberItem },
  { name: 'renumber order', weight: 2, make: renumberOrder },
  { name: 'delete order', weight: 12, make: deleteOrder },
  { name: 'change customer', weight: 8, make: changeCustomer },
  { name: 'add customer', weight: 4, make: addCustomer },
  { name: 'renumber customer', weight: 2, make: renumberCustomer },
  { name: 'delete customer', weight: 2, make: deleteCustomer },
  { name: 'change prices of a category', weight: 2, make: changePrices },
  { name: 'change product', weight: 5, make: changeProduct },
  { name: 'add or replace product', weight: 3, make: putProduct },
  { name: 'delete product', weight: 1, make: deleteProduct },
  { name: 'think better of an order', weight: 2, make: placeOrder, rolledBack: true },
];

async function placeOrder(session: ShopSession): Promise<void> {
  // Now and then of nobody, or of a customer that is not there (yet).
  const customerId = session.random.percent(4)
    ? await danglingCustomerId(session)
    : await session.randomId('customers');
  const items = await session.inventItems();
  if (items.length > 0) await session.placeOrder({ customerId: customerId ?? null, items, status: 'new', agoMs: 0 });
}

async function advanceOrder(session: ShopSession): Promise<void> {
  const id = await session.randomId('orders');
  const status = session.random.pick(statuses);
  await session.change('UPDATE orders SET status = ? WHERE id = ?', [status, id]);
}

async function moveOrder(session: ShopSession): Promise<void> {
  const id = await session.randomId('orders');
  const customerId = session.random.percent(15)
    ? await danglingCustomerId(session)
    : await session.randomId('customers');
  await session.change('UPDATE orders SET customer_id = ? WHERE id = ?', [customerId ?? null, id]);
}

async function danglingCustomerId(session: ShopSession): Promise<number | null> {
  if (session.random.percent(50)) return null;
  const [row] = await session.select<{ high: number | null }>('SELECT MAX(id) AS high FROM customers');
  return (row?.high ?? 0) + session.random.between(1, 5);
}

async function changeProductOfOrder(session: ShopSession): Promise<void> {
  const id = await session.randomId('orders');
  const productId = session.random.percent(10) ? null : await session.randomId('products');
  await session.change('UPDATE orders SET product_id = ? WHERE id = ?', [productId ?? null, id]);
}

async function changeItems(session: ShopSession): Promise<void> {
  const id = await session.randomId('orders');
  if (id === undefined) return;
  const [added] = await session.inventItems();
  if (added === undefined || session.random.percent(40)) {
    await session.change('UPDATE order_items SET quantity = quantity + 1 WHERE order_id = ?', [id]);
  } else if (session.random.percent(50)) {
    const [row] = await session.select<{ line: number }>(
      'SELECT COALESCE(MAX(line), 0) + 1 AS line FROM order_items WHERE order_id = ?',
      [id],
    );
    await session.change(
      'INSERT INTO order_items (order_id, line, product_id, quantity, price) VALUES (?, ?, ?, ?, ?)',
      [...[id, row?.line, added.productId, added.quantity, added.price]],
    );
  } else {
    await session.change('DELETE FROM order_items WHERE order_id = ? ORDER BY line DESC LIMIT 1', [id]);
  }
  await session.settleOrder(id);
}

/** Changes one part of a composite key. */
async function renumberItem(session: ShopSession): Promise<void> {
  const id = await session.randomId('orders');
  await session.change('UPDATE order_items SET line = line + 1 WHERE order_id = ? ORDER BY line DESC', [id]);
}

/** Changes the key of an order and, in the same transaction, of its items. */
async function renumberOrder(session: ShopSession): Promise<void> {
  const id = await session.randomId('orders');
  const [row] = await session.select<{ next: number | null }>('SELECT MAX(id) + 1 AS next FROM orders');
  const next = row?.next ?? null;
  if (id === undefined || next === null) return;
  await session.change('UPDATE orders SET id = ? WHERE id = ?', [next, id]);
  await session.change('UPDATE order_items SET order_id = ? WHERE order_id = ?', [next, id]);
}

async function deleteOrder(session: ShopSession): Promise<void> {
  const [row] = await session.select<{ count: number }>('SELECT COUNT(*) AS count FROM orders');
  const count = row?.count ?? 0;
  // A shop that runs for days neither dries up nor grows without end.
  const deletions = count > 2000 ? 5 : count > 100 ? 1 : 0;
  for (let i = 0; i < deletions; i++) {
    const id = await session.randomId('orders');
    await session.change('DELETE FROM orders WHERE id = ?', [id]);
    await session.change('DELETE FROM order_items WHERE order_id = ?', [id]);
  }
}

async function changeCustomer(session: ShopSession): Promise<void> {
  const id = await session.randomId('customers');
  const [name, email] = inventCustomer(session.random);
  if (session.random.percent(60)) {
    await session.change('UPDATE customers SET country = ? WHERE id = ?', [session.random.pick(countries), id]);
  } else {
    await session.change('UPDATE customers SET name = ?, email = ? WHERE id = ?', [name, email, id]);
  }
}

async function addCustomer(session: ShopSession): Promise<void> {
  await session.change('INSERT INTO customers (name, email, country, created_at) VALUES (?, ?, ?, ?)', [
    ...inventCustomer(session.random),
    session.time(),
  ]);
}

/** Changes the key of a customer; the orders of that customer follow in one case of two and dangle in the other. */
async function renumberCustomer(session: ShopSession): Promise<void> {
  const id = await session.randomId('customers');
  const [row] = await session.select<{ next: number | null }>('SELECT MAX(id) + 1 AS next FROM customers');
  const next = row?.next ?? null;
  if (id === undefined || next === null) return;
  await session.change('UPDATE customers SET id = ? WHERE id = ?', [next, id]);
  if (session.random.percent(50))
    await session.change('UPDATE orders SET customer_id = ? WHERE customer_id = ?', [next, id]);
}

async function deleteCustomer(session: ShopSession): Promise<void> {
  const [row] = await session.select<{ count: number }>('SELECT COUNT(*) AS count FROM customers');
  if ((row?.count ?? 0) > 20)
    await session.change('DELETE FROM customers WHERE id = ?', [await session.randomId('customers')]);
}

/** Changes many rows with one statement. */
async function changePrices(session: ShopSession): Promise<void> {
  const id = await session.randomId('products');
  const cents = session.random.between(1, 99);
  await session.change(
    `UPDATE products p JOIN (SELECT category FROM products WHERE id = ?) c ON c.category = p.category
        SET p.price = IF(p.price > 200, p.price - 100, p.price) + ? / 100`,
    [id, cents],
  );
}

async function changeProduct(session: ShopSession): Promise<void> {
  const id = await session.randomId('products');
  await session.change('UPDATE products SET price = ? WHERE id = ?', [inventPrice(session.random), id]);
}

/** REPLACE deletes and inserts under one key where the row is there. */
async function putProduct(session: ShopSession): Promise<void> {
  const [row] = await session.select<{ count: number; next: number }>(
    'SELECT COUNT(*) AS count, COALESCE(MAX(id), 0) + 1 AS next FROM products',
  );
  const isFull = (row?.count ?? 0) >= 100;
  const id = isFull || session.random.percent(50) ? await session.randomId('products') : row?.next;
  await session.change('REPLACE INTO products (id, name, category, price) VALUES (?, ?, ?, ?)', [
    id ?? 1,
    ...inventProduct(session.random),
  ]);
}

async function deleteProduct(session: ShopSession): Promise<void> {
  const [row] = await session.select<{ count: number }>('SELECT COUNT(*) AS count FROM products');
  if ((row?.count ?? 0) > 10)
    await session.change('DELETE FROM products WHERE id = ?', [await session.randomId('products')]);
}
