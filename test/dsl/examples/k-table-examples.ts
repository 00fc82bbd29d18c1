import { tumbling } from 'millrace';
import type { OperatorExamples } from './operator-example.ts';

/** An example of each method of `KTable`. */
export const kTableExamples: OperatorExamples = {
  filter: {
    program: (builder) =>
      builder
        .table<string, number>('in', { store: 'amounts' })
        .filter((amount) => amount > 10)
        .toStream()
        .to('out'),
    input: ['in a 20', 'in b 5', 'in a 6', 'in b 7'],
    output: ['out a 20', 'out a null'],
  },
  filterNot: {
    program: (builder) =>
      builder
        .table<string, number>('in', { store: 'amounts' })
        .filterNot((amount) => amount > 10)
        .toStream()
        .to('out'),
    input: ['in a 20', 'in b 5', 'in b 30'],
    output: ['out b 5', 'out b null'],
  },
  mapValues: {
    program: (builder) =>
      builder
        .table<string, number>('in')
        .mapValues((n) => n * 2)
        .toStream()
        .to('out'),
    input: ['in a 4', 'in a null'],
    output: ['out a 8', 'out a null'],
  },
  transformValues: {
    program: (builder) =>
      builder
        .table<string, number>('in')
        .transformValues((n) => (n === null ? 'gone' : n * 2))
        .toStream()
        .to('out'),
    input: ['in a 4', 'in a null'],
    output: ['out a 8', 'out a "gone"'],
  },
  toStream: {
    program: (builder) =>
      builder
        .table<string, number>('in')
        .toStream({ key: (_, key) => `row-${key}` })
        .to('out'),
    input: ['in a 4', 'in a null'],
    output: ['out row-a 4', 'out row-a null'],
  },
  groupBy: {
    program: (builder) =>
      builder
        .table<string, { country: string }>('in')
        .groupBy((customer, id) => [customer.country, id])
        .count({ name: 'customers-of-country' })
        .toStream()
        .to('out'),
    input: ['in ada {"country":"GB"}', 'in bob {"country":"GB"}', 'in ada {"country":"NL"}'],
    output: ['out GB 1', 'out GB 2', 'out GB 1', 'out NL 1'],
  },
  suppress: {
    program: (builder) =>
      builder
        .stream<string, unknown>('in')
        .groupByKey()
        .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 5_000 }))
        .count({ name: 'per-minute' })
        .suppress({ until: 'windowCloses', name: 'final-per-minute' })
        .toStream({ key: (_, { key, start }) => `${key}@${start}` })
        .to('out'),
    input: ['in a 1', 'in a 1 @59000', 'in a 1 @64000', 'in a 1 @65000', 'in a 1 @59000'],
    output: ['out a@0 2 @59000'],
  },
  'suppress (time limit)': {
    program: (builder) =>
      builder
        .table<string, number>('in')
        .suppress({ until: { timeLimitMs: 10_000 }, name: 'every-10-seconds' })
        .toStream()
        .to('out'),
    input: ['in a 1', 'in a 2 @4000', 'in b 7 @10000', 'in a 3 @12000'],
    output: ['out a 2 @4000'],
  },
  join: {
    program: (builder) => {
      const customers = builder.table<string, string>('in-customers');
      builder
        .table<string, { of: string }>('in-orders')
        .join(customers, { foreignKey: (order) => order.of, join: (_, name) => name, name: 'orders-with-customer' })
        .toStream()
        .to('out');
    },
    input: ['in-customers c1 "Ada"', 'in-orders 1 {"of":"c1"}', 'in-customers c1 "Ann"', 'in-customers c1 null'],
    output: ['out 1 "Ada"', 'out 1 "Ann"', 'out 1 null'],
  },
  'join (by key)': {
    program: (builder) =>
      builder
        .table<string, number>('in-stock')
        .join(builder.table<string, number>('in-prices'), { join: (stock, price) => stock * price })
        .toStream()
        .to('out'),
    input: ['in-stock lamp 3', 'in-prices lamp 20', 'in-stock lamp 2', 'in-prices lamp null'],
    output: ['out lamp 60', 'out lamp 40', 'out lamp null'],
  },
  leftJoin: {
    program: (builder) =>
      builder
        .table<string, string>('in1')
        .leftJoin(builder.table<string, string>('in2'), { join: (left, right) => [left, right] })
        .toStream()
        .to('out'),
    input: ['in1 a "l"', 'in2 a "r"', 'in2 b "alone"', 'in2 a null'],
    output: ['out a ["l",null]', 'out a ["l","r"]', 'out a ["l",null]'],
  },
  outerJoin: {
    program: (builder) =>
      builder
        .table<string, string>('in1')
        .outerJoin(builder.table<string, string>('in2'), { join: (left, right) => [left, right] })
        .toStream()
        .to('out'),
    input: ['in1 a "l"', 'in2 b "alone"', 'in2 a "r"', 'in1 a null', 'in2 a null'],
    output: ['out a ["l",null]', 'out b [null,"alone"]', 'out a ["l","r"]', 'out a [null,"r"]', 'out a null'],
  },
};
