// Final results: what became of an order within two seconds, said once, however often it changed meanwhile. A window closes
// when its partition has seen a change one second (the grace) after its end; a change that comes later than that is late: it
// is dropped and counted, because what was said was final. Always equal to the last change of each order in each window of
// the topic mysql.shop.orders that has closed, with the number of changes.
import { topology, tumbling } from 'millrace';
import { orders } from './shop.tables.ts';

/** An order at the end of a window. */
interface Settled {
  readonly status: string;
  readonly changes: number;
}

export default topology('settled-orders', (builder) => {
  builder
    .mysqlStream(orders)
    .groupByKey()
    .windowedBy(tumbling({ sizeMs: 2000, graceMs: 1000 }))
    .aggregate({
      name: 'orders-in-window',
      initializer: (): Settled => ({ status: 'unknown', changes: 0 }),
      aggregator: ({ changes }, order) => ({ status: order?.status ?? 'deleted', changes: changes + 1 }),
    })
    .suppress({ until: 'windowCloses', name: 'settled-orders' })
    .toStream({ key: (_, { key: order, start }) => ({ order, from: new Date(start).toISOString() }) })
    .to('shop.settled-orders');
});
