import { expect, test } from 'vitest';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import settledOrders from '../../topologies/07-settled-orders.ts';
import type { Order } from '../../topologies/shop.tables.ts';

const order = (status: Order['status']): Order => ({
  id: 1,
  customer_id: 1,
  product_id: 1,
  status,
  quantity: 1,
  amount: '9.90',
  placed_at: '2026-11-23T12:00:00.000Z',
});

test('what became of an order is said once, and a change that comes after the grace is dropped', async () => {
  const driver = new TopologyTestDriver(settledOrders);
  const orders = driver.createInputTopic<number, Order | null>('mysql.shop.orders');
  const settled = driver.createOutputTopic<{ order: number; from: string }, unknown>('shop.settled-orders');
  const from = '1970-01-01T00:00:00.000Z';

  await orders.pipeInput(1, order('new'), { timestamp: 100 });
  await orders.pipeInput(1, order('paid'), { timestamp: 1999 });
  await orders.pipeInput(2, null, { timestamp: 2500 });
  await orders.pipeInput(3, order('shipped'), { timestamp: 1000 });
  expect(settled.readRecords()).toEqual([]);

  await orders.pipeInput(2, order('new'), { timestamp: 3000 });
  expect(settled.readRecords()).toMatchObject([
    { key: { order: 1, from }, value: { status: 'paid', changes: 2 } },
    { key: { order: 3, from }, value: { status: 'shipped', changes: 1 } },
  ]);

  await orders.pipeInput(1, order('cancelled'), { timestamp: 1999 });
  await orders.pipeInput(2, order('paid'), { timestamp: 5000 });
  expect(settled.readRecords()).toMatchObject([{ key: { order: 2 }, value: { status: 'new', changes: 2 } }]);
  await driver.close();
});
