// Aggregate over a join: revenue and number of orders by the customer's country. An order that changes, is cancelled, moves
// to another customer or is deleted is taken back exactly, and so is a customer who moves. Always equal to
//   SELECT c.country, COUNT(*), SUM(o.amount) FROM orders o JOIN customers c ON c.id = o.customer_id
//   WHERE o.status <> 'cancelled' GROUP BY c.country
import { topology } from 'millrace';
import { customers, orders } from './shop.tables.ts';

/** What a country has bought; in cents, since DECIMAL columns are exact and arrive as strings. */
interface Revenue {
  readonly orders: number;
  readonly cents: number;
}

const cents = (amount: string): number => Math.round(Number(amount) * 100);

export default topology('revenue-by-country', (builder) => {
  const customer = builder.mysqlTable(customers);
  builder
    .mysqlTable(orders)
    .filter((order) => order.status !== 'cancelled')
    .join(customer, {
      foreignKey: (order) => order.customer_id,
      join: (order, { country }) => ({ country, amount: order.amount }),
      name: 'orders-with-country',
    })
    .groupBy((order) => [order.country, order.amount])
    .aggregate({
      name: 'revenue-by-country',
      initializer: (): Revenue => ({ orders: 0, cents: 0 }),
      adder: (sum, amount) => ({ orders: sum.orders + 1, cents: sum.cents + cents(amount) }),
      subtractor: (sum, amount) =>
        sum.orders === 1 ? null : { orders: sum.orders - 1, cents: sum.cents - cents(amount) },
    })
    .toStream()
    .to('shop.revenue-by-country');
});
