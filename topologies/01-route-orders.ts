// Filter and route: one MySQL table becomes one topic per status that matters, each always equal to
//   SELECT * FROM orders WHERE status = '…'
// An order that leaves a status is deleted from that topic (a tombstone) and appears in the next. The rows are kept in a
// store, so that the filters know what was there before: without it they would send a tombstone for every other change.
import { topology } from 'millrace';
import { orders } from './shop.tables.ts';

export default topology('route-orders', (builder) => {
  const order = builder.mysqlTable(orders, { store: 'orders' });
  order
    .filter((row) => row.status === 'paid')
    .toStream()
    .to('shop.paid-orders');
  order
    .filter((row) => row.status === 'cancelled')
    .toStream()
    .to('shop.cancelled-orders');
});
