// Windows over a table: how many orders of each day are in which status now, and what they are worth, by the day on which
// they were placed (event time), not on which they changed. A stream does not take back what a row was before; so each change
// is told as two: the row as it was leaves its day, the row as it is enters. For 30 days (the grace) always equal to
//   SELECT status, DATE(placed_at), COUNT(*), SUM(amount) FROM orders GROUP BY 1, 2
import {
  keyValueStore,
  topology,
  tumbling,
  type ProcessorContext,
  type ProcessorSupplier,
  type StreamRecord,
} from 'millrace';
import { orders, type Order } from './shop.tables.ts';

const dayMs = 24 * 60 * 60_000;
const before = keyValueStore<number, Order>({ name: 'orders-before' });

/** An order that enters a status, or leaves it. */
interface Entry {
  readonly orders: number;
  readonly cents: number;
}

const entries: ProcessorSupplier<number, Order | null, string, Entry> = () => {
  let context: ProcessorContext<StreamRecord<string, Entry>>;
  return {
    init: (given) => void (context = given),
    async process(record) {
      const store = context.keyValueStore(before);
      const rows = [
        { row: store.get(record.key), sign: -1 },
        { row: record.value, sign: 1 },
      ];
      store.put(record.key, record.value);
      for (const { row, sign } of rows) {
        if (row === null) continue;
        const entry = { orders: sign, cents: sign * Math.round(Number(row.amount) * 100) };
        await context.forward(record.withKey(row.status).withValue(entry).withTimestamp(Date.parse(row.placed_at)));
      }
    },
  };
};

export default topology('orders-by-day', (builder) => {
  builder
    .mysqlStream(orders)
    .process(entries, { name: 'entries', stores: [before] })
    .groupByKey()
    .windowedBy(tumbling({ sizeMs: dayMs, graceMs: 30 * dayMs }))
    .reduce((sum, { orders: count, cents }) => ({ orders: sum.orders + count, cents: sum.cents + cents }), {
      name: 'orders-by-day',
    })
    .filter((sum) => sum.orders > 0)
    .toStream({ key: (_, { key: status, start }) => ({ status, day: new Date(start).toISOString().slice(0, 10) }) })
    .to('shop.orders-by-day', { cleanupPolicy: 'compact' });
});
