import { topology } from 'millrace';
import { orders } from './shop.tables.ts';

export default topology('mysql-orders', (builder) => {
  builder
    .mysqlTable(orders)
    .filter((order) => order.status === 'paid')
    .toStream()
    .peek((order, id) => void process.stdout.write(`order ${id}: ${order === null ? 'not paid' : 'paid'}\n`))
    .to('shop.paid-orders');
});
