// Filter and route: one MySQL table becomes one topic per status that matters, each always equal to
//   SELECT * FROM orders WHERE status = '…'
// An order that leaves a status is deleted from that topic (a tombstone) and appears in the next.
import { topology } from 'millrace';
import { orders } from './shop.tables.ts';

export default topology('route-orders', (builder) => {
  const order = builder.mysqlTable(orders);
  order
    .filter((row) => row.status === 'paid')
    .toStream()
    .to('shop.paid-orders');
  order
    .filter((row) => row.status === 'cancelled')
    .toStream()
    .to('shop.cancelled-orders');
});
