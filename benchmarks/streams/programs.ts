import { topology } from '../../src/dsl/topology-definition.ts';
import type { Topology } from '../../src/topology/topology.ts';
import type { Customer, Order } from './orders.ts';

/** The programs that are measured, as in the comparison with Kafka Streams, by letter. */
export const programs: Readonly<
  Record<string, { readonly title: string; readonly create: (name: string) => Topology }>
> = {
  a: { title: 'filter + mapValues → topic', create: filterAndMap },
  b: { title: 'count by customer (repartition)', create: countByCustomer },
  d: { title: 'orders ⋈ customers, foreign key', create: foreignKeyJoin },
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

function foreignKeyJoin(name: string): Topology {
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
