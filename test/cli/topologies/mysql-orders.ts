import { topology } from 'millrace';

/** As `millrace mysql pull` writes it. */
const orders = {
  database: 'shop',
  table: 'orders',
  topic: 'mysql.shop.orders',
  topicPrefix: 'mysql',
  bigint: 'error',
  primaryKey: ['id'],
} as const;

export default topology('mysql-orders', (builder) => {
  builder.mysqlTable<number, { status: string }>(orders).toStream().to('shop.orders');
});
