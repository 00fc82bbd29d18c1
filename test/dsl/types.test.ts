import { describe, expect, expectTypeOf, test } from 'vitest';
import type {
  FixedKeyContext,
  FixedKeyProcessor,
  FixedKeyRecord,
  KeyValueStore,
  KGroupedStream,
  KGroupedTable,
  KStream,
  KTable,
  MySqlSourceTable,
  Processor,
  ProcessorContext,
  StreamRecord,
} from '../../src/index.ts';
import { integer, json, keyValueStore, newRecord, string, StreamsBuilder } from '../../src/index.ts';

interface Order {
  readonly customerId: number;
  readonly amount: number;
  readonly status: 'new' | 'paid';
}

interface Customer {
  readonly name: string;
}

const builder = new StreamsBuilder();
const orderStream = builder.stream<string, Order>('order-events');
const orders = builder.table<string, Order>('orders');
const customers = builder.table<number, Customer>('customers');

describe('a source', () => {
  test('has the types it is given', () => {
    expectTypeOf(orderStream).toEqualTypeOf<KStream<string, Order>>();
    expectTypeOf(customers).toEqualTypeOf<KTable<number, Customer>>();
  });

  test('has the types of its serdes', () => {
    const stream = builder.stream('by-serde', { keySerde: integer(), valueSerde: json<Order>() });
    expectTypeOf(stream).toEqualTypeOf<KStream<number, Order>>();
    const table = builder.table('table-by-serde', { keySerde: string(), valueSerde: integer() });
    expectTypeOf(table).toEqualTypeOf<KTable<string, number>>();
  });

  test('has the types of the MySQL table it reads', () => {
    const descriptor = {
      database: 'shop',
      table: 'orders',
      topic: 'shop.orders',
      topicPrefix: 'shop',
      bigint: 'error',
      primaryKey: ['id'],
    } as MySqlSourceTable<number, Order>;
    expectTypeOf(builder.mysqlTable(descriptor)).toEqualTypeOf<KTable<number, Order>>();
    expectTypeOf(new StreamsBuilder().mysqlStream(descriptor)).toEqualTypeOf<KStream<number, Order | null>>();
  });
});

describe('a stream', () => {
  test('keeps its types where they stay', () => {
    expectTypeOf(orderStream.filter((order) => order.amount > 1)).toEqualTypeOf<KStream<string, Order>>();
    expectTypeOf(orderStream.peek((order, key) => [order.amount, key.length])).toEqualTypeOf<KStream<string, Order>>();
    expectTypeOf(orderStream.repartition({ name: 'again' })).toEqualTypeOf<KStream<string, Order>>();
    // @ts-expect-error an order has no such field
    orderStream.filter((order) => order.price > 1);
  });

  test('has the types that mappers return', () => {
    expectTypeOf(orderStream.mapValues((order) => order.amount)).toEqualTypeOf<KStream<string, number>>();
    expectTypeOf(orderStream.selectKey((order) => order.customerId)).toEqualTypeOf<KStream<number, Order>>();
    expectTypeOf(orderStream.map((order, key) => [order.customerId, key])).toEqualTypeOf<KStream<number, string>>();
    expectTypeOf(orderStream.flatMapValues((order) => [order.amount])).toEqualTypeOf<KStream<string, number>>();
    const flat = orderStream.flatMap((order) => [[order.customerId, order.status]]);
    expectTypeOf(flat).toEqualTypeOf<KStream<number, 'new' | 'paid'>>();
  });

  test('has the values of both where two are merged', () => {
    const merged = orderStream.merge(builder.stream<string, Customer>('customer-events'));
    expectTypeOf(merged).toEqualTypeOf<KStream<string, Order | Customer>>();
  });

  test('is split into the branches that are named', () => {
    const branches = orderStream.split({ big: (order) => order.amount > 9, rest: true });
    expectTypeOf(branches.big).toEqualTypeOf<KStream<string, Order>>();
    expectTypeOf(branches).toEqualTypeOf<{ big: KStream<string, Order>; rest: KStream<string, Order> }>();
    // @ts-expect-error there is no such branch
    void branches.small;
  });

  test('is grouped by a key and folded to any type', () => {
    const grouped = orderStream.groupBy((order) => order.customerId);
    expectTypeOf(grouped).toEqualTypeOf<KGroupedStream<number, Order>>();
    expectTypeOf(grouped.count({ name: 'counts' })).toEqualTypeOf<KTable<number, number>>();
    expectTypeOf(grouped.reduce((_a, b) => b, { name: 'latest' })).toEqualTypeOf<KTable<number, Order>>();
    const sums = grouped.aggregate({
      initializer: () => ({ sum: 0 }),
      aggregator: ({ sum }, order, key) => ({ sum: sum + order.amount + key }),
      name: 'sums',
    });
    expectTypeOf(sums).toEqualTypeOf<KTable<number, { sum: number }>>();
    // @ts-expect-error an aggregation makes a store, which has a name
    expect(() => grouped.count({})).toThrow(expect.objectContaining({ code: 'TOPOLOGY_NAME_REQUIRED' }));
  });

  test('is joined with a table of its key', () => {
    const byCustomer = orderStream.selectKey((order) => order.customerId);
    const named = byCustomer.join(customers, {
      join: (order, customer) => [order.amount, customer.name] as const,
      name: 'named',
    });
    expectTypeOf(named).toEqualTypeOf<KStream<number, readonly [number, string]>>();
    const left = byCustomer.leftJoin(customers, {
      join: (_order, customer) => {
        expectTypeOf(customer).toEqualTypeOf<Customer | null>();
        return customer?.name ?? null;
      },
      name: 'left-named',
    });
    expectTypeOf(left).toEqualTypeOf<KStream<number, string | null>>();
    // @ts-expect-error the stream has strings for keys, the table numbers
    orderStream.join(customers, { join: () => 1 });
  });

  test('is joined with a stream of its key, whose values may be missing on an outer side', () => {
    const shipments = builder.stream<string, { carrier: string } | null>('shipments');
    const window = { beforeMs: 0, afterMs: 1, graceMs: 0 };
    const sent = orderStream.join(shipments, {
      join: (order, { carrier }) => [order.amount, carrier],
      window,
      name: 'sent',
    });
    expectTypeOf(sent).toEqualTypeOf<KStream<string, (string | number)[]>>();
    orderStream.leftJoin(shipments, {
      join: (order, shipment) => {
        expectTypeOf(order).toEqualTypeOf<Order>();
        expectTypeOf(shipment).toEqualTypeOf<{ carrier: string } | null>();
      },
      window,
      name: 'left-sent',
    });
    orderStream.outerJoin(shipments, {
      join: (order, _shipment, key) => {
        expectTypeOf(order).toEqualTypeOf<Order | null>();
        expectTypeOf(key).toEqualTypeOf<string>();
      },
      window,
      name: 'outer-sent',
    });
    const noWindow = { join: () => 1, name: 'no-window' };
    // @ts-expect-error a join of streams has a window
    expect(() => orderStream.join(shipments, noWindow)).toThrow();
    // @ts-expect-error the keys are of different types
    builder.stream<number, Order>('other-keys').join(shipments, { join: () => 1, window, name: 'other-keys' });
  });

  test('is joined with a global table by any key of its type', () => {
    const everywhere = builder.globalTable<number, Customer>('customers-everywhere');
    const key = (order: Order): number => order.customerId;
    const named = orderStream.join(everywhere, { key, join: (order, customer) => `${order.amount} ${customer.name}` });
    expectTypeOf(named).toEqualTypeOf<KStream<string, string>>();
    orderStream.leftJoin(everywhere, {
      key,
      join: (_order, customer) => {
        expectTypeOf(customer).toEqualTypeOf<Customer | null>();
      },
    });
    // @ts-expect-error the global table has numbers for keys
    orderStream.join(everywhere, { key: (order: Order) => order.status, join: () => 1 });
  });

  test('is processed to any keys and values, or to any values of its keys', () => {
    const counts = keyValueStore<number, number>({ name: 'counts-of-customers' });
    class Count implements Processor<StreamRecord<string, Order>, StreamRecord<number, number>> {
      #context!: ProcessorContext<StreamRecord<number, number>>;

      init(context: ProcessorContext<StreamRecord<number, number>>): void {
        this.#context = context;
        expectTypeOf(context.keyValueStore(counts)).toEqualTypeOf<KeyValueStore<number, number>>();
      }

      process(record: StreamRecord<string, Order>): void | Promise<void> {
        return this.#context.forward(record.withKey(record.value.customerId).withValue(1));
      }
    }
    const counted = orderStream.process(() => new Count(), { stores: [counts] });
    expectTypeOf(counted).toEqualTypeOf<KStream<number, number>>();

    class Amount implements FixedKeyProcessor<string, Order, number> {
      #context!: FixedKeyContext<string, number>;

      init(context: FixedKeyContext<string, number>): void {
        this.#context = context;
      }

      process(record: FixedKeyRecord<string, Order>): void | Promise<void> {
        // @ts-expect-error a record that has a key of its own cannot be forwarded
        void (() => this.#context.forward(newRecord({ key: 'other', value: 1, timestamp: 0 })));
        // @ts-expect-error the key stays
        void (() => record.withKey('other'));
        return this.#context.forward(record.withValue(record.value.amount));
      }
    }
    expectTypeOf(orderStream.processValues(() => new Amount())).toEqualTypeOf<KStream<string, number>>();
  });

  test('is a table of values that are not null', () => {
    const latest = builder.stream<string, Order | null>('latest-orders').toTable({ name: 'latest-orders-table' });
    expectTypeOf(latest).toEqualTypeOf<KTable<string, Order>>();
  });
});

describe('a table', () => {
  test('as a stream has null for deletes', () => {
    expectTypeOf(orders.toStream()).toEqualTypeOf<KStream<string, Order | null>>();
    const byCustomer = orders.toStream({ key: (order) => order?.customerId ?? 0 });
    expectTypeOf(byCustomer).toEqualTypeOf<KStream<number, Order | null>>();
  });

  test('has rows that are not null, whatever the mapper returns', () => {
    expectTypeOf(orders.mapValues((order) => order.amount)).toEqualTypeOf<KTable<string, number>>();
    const paid = orders.mapValues((order) => (order.status === 'paid' ? order.amount : null));
    expectTypeOf(paid).toEqualTypeOf<KTable<string, number>>();
    expectTypeOf(orders.transformValues((order) => order?.amount ?? 0)).toEqualTypeOf<KTable<string, number>>();
    expectTypeOf(orders.filter((order) => order.amount > 1)).toEqualTypeOf<KTable<string, Order>>();
  });

  test('is grouped by the pair that the selector returns', () => {
    const grouped = orders.groupBy((order) => [order.customerId, order.amount]);
    expectTypeOf(grouped).toEqualTypeOf<KGroupedTable<number, number>>();
    const nullable = orders.groupBy((order) => [order.status === 'paid' ? order.customerId : null, order]);
    expectTypeOf(nullable).toEqualTypeOf<KGroupedTable<number, Order>>();
    const sums = grouped.aggregate({
      initializer: () => 0,
      adder: (sum, amount) => sum + amount,
      subtractor: (sum, amount) => sum - amount,
      name: 'table-sums',
    });
    expectTypeOf(sums).toEqualTypeOf<KTable<number, number>>();
    const reduced = grouped.reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'reduced' });
    expectTypeOf(reduced).toEqualTypeOf<KTable<number, number>>();
  });

  test('is joined with a table of its key', () => {
    const payments = builder.table<string, { paid: number }>('payments');
    const open = orders.join(payments, { join: (order, { paid }) => order.amount - paid });
    expectTypeOf(open).toEqualTypeOf<KTable<string, number>>();
    orders.leftJoin(payments, {
      join: (order, payment) => {
        expectTypeOf(order).toEqualTypeOf<Order>();
        expectTypeOf(payment).toEqualTypeOf<{ paid: number } | null>();
        return 1;
      },
    });
    orders.outerJoin(payments, {
      join: (order, payment) => {
        expectTypeOf(order).toEqualTypeOf<Order | null>();
        expectTypeOf(payment).toEqualTypeOf<{ paid: number } | null>();
        return 1;
      },
    });
    // @ts-expect-error the keys are of different types
    orders.join(customers, { join: () => 1 });
  });

  test('is joined with a table by a foreign key of its type', () => {
    const named = orders.join(customers, {
      foreignKey: (order) => order.customerId,
      join: (order, customer, key) => ({ ...order, customer: customer.name, key }),
      name: 'orders-with-customer',
    });
    expectTypeOf(named).toEqualTypeOf<
      KTable<string, { customer: string; key: string; customerId: number; amount: number; status: 'new' | 'paid' }>
    >();
    orders.leftJoin(customers, {
      foreignKey: (order) => (order.status === 'paid' ? order.customerId : null),
      join: (_order, customer) => {
        expectTypeOf(customer).toEqualTypeOf<Customer | null>();
        return customer?.name ?? 'nobody';
      },
      name: 'orders-left-customer',
    });
  });

  test('is not joined by a foreign key of another type', () => {
    const options = {
      foreignKey: (order: Order) => order.status,
      join: (order: Order, customer: Customer) => [order, customer],
      name: 'wrong',
    };
    // @ts-expect-error the foreign key is a string, the customers have numbers
    orders.join(customers, options);
    // @ts-expect-error the same where it is written in place
    orders.join(customers, { foreignKey: (order) => order.status, join: () => 1, name: 'wrong-again' });
  });
});

test('types reach through a whole chain', () => {
  const revenue = orders
    .join(customers, {
      foreignKey: (order) => order.customerId,
      join: (order, customer) => ({ amount: order.amount, name: customer.name }),
      name: 'chain-join',
    })
    .filter((row) => row.amount > 0)
    .groupBy((row) => [row.name, row.amount])
    .aggregate({
      initializer: () => 0,
      adder: (sum, amount) => sum + amount,
      subtractor: (sum, amount) => sum - amount,
      name: 'chain-revenue',
    })
    .toStream()
    .mapValues((sum) => sum ?? 0);
  expectTypeOf(revenue).toEqualTypeOf<KStream<string, number>>();
});
