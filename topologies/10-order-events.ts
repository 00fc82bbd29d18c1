// Route events as an outbox does: what happened to an order goes to a topic that is called after it, for consumers that want
// only that. Topics are made when the first event needs them. Together always equal, for each order, to the changes in
// mysql.shop.orders, each in the topic of its status or in that of deletions.
import { topology } from 'millrace';
import { orders } from './shop.tables.ts';

export default topology('order-events', (builder) => {
  builder
    .mysqlStream(orders)
    .mapValues((order, id) => ({
      event: order === null ? 'deleted' : order.status,
      order: id,
      customer: order?.customer_id ?? null,
      amount: order?.amount ?? null,
    }))
    .to(({ value }) => `shop.events.order-${value.event}`);
});
