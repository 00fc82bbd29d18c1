// Enrich a stream from a global table: every change of an order with its customer as known at that moment. Every instance has
// all customers, loaded before the first order is processed, so nothing is repartitioned to find them, and a change of a
// customer sends nothing. Always one record for each insert and update of mysql.shop.orders, in their order.
import { topology } from 'millrace';
import { customers, orders } from './shop.tables.ts';

export default topology('order-log', (builder) => {
  const customer = builder.globalMysqlTable(customers);
  builder
    .mysqlStream(orders)
    .filter((order) => order !== null)
    .leftJoin(customer, {
      key: (order) => order.customer_id,
      join: ({ status, amount, customer_id }, known) => ({
        status,
        amount,
        customer_id,
        customer: known === null ? null : `${known.name}, ${known.country}`,
      }),
    })
    .to('shop.order-log');
});
