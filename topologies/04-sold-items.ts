// A stream-table join: each line of an order, as it is written, with the name and category that its product has at that
// moment. Later changes of the product do not change what was sent: it is a log of events, not a table.
import { topology } from 'millrace';
import { orderItems, products } from './shop.tables.ts';

export default topology('sold-items', (builder) => {
  const product = builder.mysqlTable(products);
  builder
    .mysqlStream(orderItems)
    .flatMap((item) => (item === null ? [] : [[item.product_id, item]]))
    .join(product, {
      join: (item, { name, category }) => ({ ...item, product: name, category }),
      name: 'items-with-product',
    })
    .to('shop.sold-items');
});
