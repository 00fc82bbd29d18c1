import { topology, tumbling, type Topology } from 'millrace';
import type { Customer, Order, Product } from './orders.ts';

/** A program that is measured. */
export interface MeasuredProgram {
  readonly title: string;
  /** The topics that it reads and does not write. */
  readonly inputs: readonly string[];
  /** Whether each output counts, or, of each key, only the last. */
  readonly outputs: 'records' | 'table';
  /** Its topology, which writes to `<name>-output`. */
  readonly create: (name: string) => Topology;
}

/** The programs that are measured, as in the comparison with Kafka Streams, by letter. */
export const programs: Readonly<Record<string, MeasuredProgram>> = {
  a: { title: 'filter + mapValues → topic', inputs: ['orders'], outputs: 'records', create: filterAndMap },
  b: { title: 'count by customer (repartition)', inputs: ['orders'], outputs: 'table', create: countByCustomer },
  c: {
    title: 'orders ⋈ customers, stream and table',
    inputs: ['orders', 'customers'],
    outputs: 'records',
    create: joinWithCustomer,
  },
  d: {
    title: 'orders ⋈ customers, foreign key',
    inputs: ['orders', 'customers'],
    outputs: 'table',
    create: joinByForeignKey,
  },
  e: { title: 'revenue by product and minute', inputs: ['orders'], outputs: 'table', create: revenueByMinute },
  f: {
    title: 'orders ⋈ customers ⋈ products by foreign keys, revenue by country',
    inputs: ['orders', 'customers', 'products'],
    outputs: 'table',
    create: revenueByCountry,
  },
};

function filterAndMap(name: string): Topology {
  return topology(name, (builder) => {
    builder
      .stream<number, Order>('orders')
      .filter((order) => order.status !== 'cancelled')
      .mapValues((order) => ({ id: order.id, customerId: order.customerId, amount: order.amount }))
      .to(`${name}-output`);
  });
}

function countByCustomer(name: string): Topology {
  return topology(name, (builder) => {
    builder
      .stream<number, Order>('orders')
      .groupBy((order) => order.customerId)
      .count({ name: 'orders-by-customer' })
      .toStream()
      .to(`${name}-output`);
  });
}

function joinWithCustomer(name: string): Topology {
  return topology(name, (builder) => {
    builder
      .stream<number, Order>('orders')
      .selectKey((order) => order.customerId)
      .join(builder.table<number, Customer>('customers'), {
        join: (order, customer) => ({ ...order, country: customer.country }),
        name: 'orders-with-customer',
      })
      .to(`${name}-output`);
  });
}

function joinByForeignKey(name: string): Topology {
  return topology(name, (builder) => {
    builder
      .table<number, Order>('orders')
      .join(builder.table<number, Customer>('customers'), {
        foreignKey: (order) => order.customerId,
        join: (order, customer) => ({ ...order, country: customer.country }),
        name: 'orders-with-customer',
      })
      .toStream()
      .to(`${name}-output`);
  });
}

function revenueByMinute(name: string): Topology {
  return topology(name, (builder) => {
    builder
      .stream<number, Order>('orders')
      .groupBy((order) => order.productId)
      .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 24 * 60 * 60_000 }))
      .aggregate({
        name: 'revenue-by-minute',
        initializer: () => 0,
        aggregator: (cents, order) => cents + Math.round(order.amount * 100),
      })
      .toStream({ key: (_, { key, start }) => `${key}@${start}` })
      .to(`${name}-output`);
  });
}

function revenueByCountry(name: string): Topology {
  return topology(name, (builder) => {
    builder
      .table<number, Order>('orders')
      .join(builder.table<number, Customer>('customers'), {
        foreignKey: (order) => order.customerId,
        join: (order, customer) => ({ ...order, country: customer.country }),
        name: 'orders-with-customer',
      })
      .join(builder.table<number, Product>('products'), {
        foreignKey: (order) => order.productId,
        join: (order, product) => ({ country: order.country, cents: order.quantity * product.cents }),
        name: 'sales',
      })
      .groupBy((sale) => [sale.country, sale.cents])
      .reduce({
        name: 'revenue-by-country',
        adder: (sum, cents) => sum + cents,
        subtractor: (sum, cents) => sum - cents,
      })
      .toStream()
      .to(`${name}-output`);
  });
}
