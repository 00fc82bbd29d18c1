// Enrich by foreign key: every order with its customer and, where it has one, its product. When a customer or product
// changes, all of its orders are made again. Always equal to
//   SELECT o.*, c.name, c.country, p.name FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN products p ON p.id = o.product_id
import { topology } from 'millrace';
import { customers, orders, products } from './shop.tables.ts';

export default topology('enriched-orders', (builder) => {
  const customer = builder.mysqlTable(customers);
  const product = builder.mysqlTable(products);
  builder
    .mysqlTable(orders)
    .join(customer, {
      foreignKey: (order) => order.customer_id,
      join: (order, { name, country }) => ({ ...order, customer: name, country }),
      name: 'orders-with-customer',
    })
    .leftJoin(product, {
      foreignKey: (order) => order.product_id,
      join: (order, row) => ({ ...order, product: row?.name ?? null }),
      name: 'orders-with-product',
    })
    .toStream()
    .to('shop.enriched-orders');
});
