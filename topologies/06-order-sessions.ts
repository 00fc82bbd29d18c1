// Sessions: a customer's bursts of orders, those placed within twelve hours of each other. An order between two bursts makes
// one of them. The time is when orders were placed, so however they come in, the result is the same: always equal to the
// sessions of the set of (customer, order, placed_at) that were ever in the table; what is deleted later did happen.
import { session, topology } from 'millrace';
import { orders, type Order } from './shop.tables.ts';

const hourMs = 60 * 60_000;

/** Ids of orders, each once: every change of an order comes here again. */
const union = (a: readonly number[], b: readonly number[]): readonly number[] =>
  [...new Set([...a, ...b])].toSorted((x, y) => x - y);

export default topology('order-sessions', (builder) => {
  builder
    .mysqlStream(orders, {
      timestampExtractor: ({ value, timestamp }) =>
        value === null ? timestamp : Date.parse((value as Order).placed_at),
    })
    .flatMap((order) => (order === null || order.customer_id === null ? [] : [[order.customer_id, order.id]]))
    .groupByKey()
    .windowedBy(session({ gapMs: 12 * hourMs, graceMs: 30 * 24 * hourMs }))
    .aggregate({
      name: 'order-sessions',
      initializer: (): readonly number[] => [],
      aggregator: (ids, id) => union(ids, [id]),
      merger: union,
    })
    .mapValues((ids, { end }) => ({ until: new Date(end ?? 0).toISOString(), orders: ids }))
    .toStream({ key: (_, { key: customer, start }) => ({ customer, from: new Date(start).toISOString() }) })
    .to('shop.order-sessions', { cleanupPolicy: 'compact' });
});
