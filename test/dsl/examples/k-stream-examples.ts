import {
  keyValueStore,
  type FixedKeyContext,
  type FixedKeyProcessor,
  type FixedKeyRecord,
  type Processor,
  type ProcessorContext,
  type StreamRecord,
} from 'millrace';
import type { OperatorExamples } from './operator-example.ts';

/** An example of each method of `KStream`. */
export const kStreamExamples: OperatorExamples = {
  filter: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .filter((amount) => amount > 10)
        .to('out'),
    input: ['in a 5', 'in b 20'],
    output: ['out b 20'],
  },
  filterNot: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .filterNot((amount) => amount > 10)
        .to('out'),
    input: ['in a 5', 'in b 20'],
    output: ['out a 5'],
  },
  map: {
    program: (builder) =>
      builder
        .stream<string, number>('in')
        .map((n, key) => [`${key}${n}`, n * 2])
        .to('out'),
    input: ['in a 1', 'in b 2'],
    output: ['out a1 2', 'out b2 4'],
  },
  mapValues: {
    program: (builder) =>
      builder
        .stream<string, number | null>('in')
        .mapValues((n) => (n ?? 0) * 2)
        .to('out'),
    input: ['in a 4', 'in a null'],
    output: ['out a 8', 'out a 0'],
  },
  mapValuesAsync: {
    program: (builder) => {
      const rate = async (currency: string): Promise<number> => (currency === 'EUR' ? 1 : 0.9);
      builder
        .stream<string, string>('in')
        .mapValuesAsync(rate, { concurrency: 32, timeoutMs: 2000, retry: { attempts: 3 } })
        .to('out');
    },
    input: ['in a "EUR"', 'in b "USD"'],
    output: ['out a 1', 'out b 0.9'],
  },
  flatMap: {
    program: (builder) =>
      builder
        .stream<string, string>('in')
        .flatMap((text) => text.split(' ').map((word) => [word, 1]))
        .to('out'),
    input: ['in a "to be"', 'in b "or"'],
    output: ['out to 1', 'out be 1', 'out or 1'],
  },
  flatMapValues: {
    program: (builder) =>
      builder
        .stream<string, string>('in')
        .flatMapValues((text) => text.split(' '))
        .to('out'),
    input: ['in a "to be"', 'in b "or"'],
    output: ['out a "to"', 'out a "be"', 'out b "or"'],
  },
  selectKey: {
    program: (builder) =>
      builder
        .stream<string, { of: string }>('in')
        .selectKey((order) => order.of)
        .to('out'),
    input: ['in 1 {"of":"ada"}', 'in 2 {"of":"bob"}'],
    output: ['out ada {"of":"ada"}', 'out bob {"of":"bob"}'],
  },
  peek: {
    program: (builder) => {
      const seen: number[] = [];
      builder
        .stream<string, number>('in')
        .peek((n) => seen.push(n))
        .mapValues(() => [...seen])
        .to('out');
    },
    input: ['in a 1', 'in a 2'],
    output: ['out a [1]', 'out a [1,2]'],
  },
  foreach: {
    program: (builder) => {
      const seen: number[] = [];
      builder.stream<string, number>('in').foreach((n) => seen.push(n));
    },
    input: ['in a 1', 'in a 2'],
    output: [],
  },
  merge: {
    program: (builder) => builder.stream<string, number>('in1').merge(builder.stream<string, string>('in2')).to('out'),
    input: ['in1 a 1', 'in2 a "x"', 'in1 a 2'],
    output: ['out a 1', 'out a "x"', 'out a 2'],
  },
  split: {
    program: (builder) => {
      const { big, small } = builder.stream<string, number>('in').split({ big: (n) => n > 10, small: true });
      big.to('out-big');
      small.to('out-small');
    },
    input: ['in a 5', 'in b 20', 'in c 7'],
    output: ['out-big b 20', 'out-small a 5', 'out-small c 7'],
  },
  groupBy: {
    program: (builder) =>
      builder
        .stream<string, { of: string }>('in')
        .groupBy((order) => order.of)
        .count({ name: 'orders-of-customer' })
        .toStream()
        .to('out'),
    input: ['in 1 {"of":"ada"}', 'in 2 {"of":"bob"}', 'in 3 {"of":"ada"}'],
    output: ['out ada 1', 'out bob 1', 'out ada 2'],
  },
  groupByKey: {
    program: (builder) =>
      builder.stream<string, unknown>('in').groupByKey().count({ name: 'seen' }).toStream().to('out'),
    input: ['in a "x"', 'in b "y"', 'in a "z"', 'in a null'],
    output: ['out a 1', 'out b 1', 'out a 2'],
  },
  join: {
    program: (builder) => {
      const payments = builder.stream<string, number>('in-payments');
      builder
        .stream<string, string>('in-orders')
        .join(payments, {
          join: (order, paid) => ({ order, paid }),
          window: { beforeMs: 0, afterMs: 60_000, graceMs: 0 },
          name: 'paid-orders',
        })
        .to('out');
    },
    input: ['in-orders a "o1" @1000', 'in-payments a 30 @5000', 'in-payments a 9 @90000'],
    output: ['out a {"order":"o1","paid":30} @5000'],
  },
  'join (table)': {
    program: (builder) => {
      const names = builder.table<string, string>('in-names');
      builder
        .stream<string, number>('in')
        .join(names, { join: (n, name) => `${name} ${n}` })
        .to('out');
    },
    input: ['in a 1', 'in-names a "Ada"', 'in a 2', 'in-names a "Ann"'],
    output: ['out a "Ada 2"'],
  },
  'join (versioned table, with a grace for rows that come late)': {
    program: (builder) => {
      const rates = builder
        .stream<string, number>('in-rates')
        .toTable({ name: 'rates', versioned: { historyRetentionMs: 60_000 } });
      builder
        .stream<string, string>('in')
        .join(rates, { join: (order, rate) => [order, rate], graceMs: 1000, name: 'orders-with-rate' })
        .to('out');
    },
    input: ['in-rates USD 1', 'in USD "o1" @500', 'in-rates USD 2 @400', 'in-rates USD 3 @900', 'in USD "o2" @5000'],
    output: ['out USD ["o1",2] @500'],
  },
  'join (global table)': {
    program: (builder) => {
      const customers = builder.globalTable<string, string>('in-customers');
      builder
        .stream<string, { of: string }>('in')
        .join(customers, { key: (order) => order.of, join: (order, name) => ({ ...order, name }) })
        .to('out');
    },
    input: ['in-customers c1 "Ada"', 'in 1 {"of":"c1"}', 'in 2 {"of":"c2"}'],
    output: ['out 1 {"of":"c1","name":"Ada"}'],
  },
  leftJoin: {
    program: (builder) => {
      const customers = builder.table<string, string>('in-customers');
      builder
        .stream<string, number>('in')
        .leftJoin(customers, { join: (amount, name) => `${name ?? 'unknown'}: ${amount}` })
        .to('out');
    },
    input: ['in a 1', 'in-customers a "Ada"', 'in a 2'],
    output: ['out a "unknown: 1"', 'out a "Ada: 2"'],
  },
  outerJoin: {
    program: (builder) =>
      builder
        .stream<string, string>('in1')
        .outerJoin(builder.stream<string, string>('in2'), {
          join: (left, right) => [left, right],
          window: { beforeMs: 1000, afterMs: 1000, graceMs: 0 },
          name: 'both',
        })
        .to('out'),
    input: ['in1 a "l"', 'in2 a "r" @500', 'in2 b "alone" @2000', 'in1 c "later" @9000'],
    output: ['out a ["l","r"] @500', 'out b [null,"alone"] @2000'],
  },
  process: {
    program: (builder) => {
      const seen = keyValueStore<string, boolean>({ name: 'seen' });
      class Once implements Processor<StreamRecord<string, number>, StreamRecord<string, number>> {
        #context!: ProcessorContext<StreamRecord<string, number>>;

        init(context: ProcessorContext<StreamRecord<string, number>>): void {
          this.#context = context;
        }

        process(record: StreamRecord<string, number>) {
          const store = this.#context.keyValueStore(seen);
          if (store.get(record.key) !== null) return;
          store.put(record.key, true);
          return this.#context.forward(record);
        }
      }
      builder
        .stream<string, number>('in')
        .process(() => new Once(), { name: 'once', stores: [seen] })
        .to('out');
    },
    input: ['in a 1', 'in b 2', 'in a 3'],
    output: ['out a 1', 'out b 2'],
  },
  processValues: {
    program: (builder) => {
      class WithTime implements FixedKeyProcessor<string, number, string> {
        #context!: FixedKeyContext<string, string>;

        init(context: FixedKeyContext<string, string>): void {
          this.#context = context;
        }

        process(record: FixedKeyRecord<string, number>) {
          return this.#context.forward(record.withValue(`${record.value} at ${record.timestamp}`));
        }
      }
      builder
        .stream<string, number>('in')
        .processValues(() => new WithTime(), { name: 'with-time' })
        .to('out');
    },
    input: ['in a 1 @7', 'in b 2 @8'],
    output: ['out a "1 at 7" @7', 'out b "2 at 8" @8'],
  },
  processAsync: {
    program: (builder) => {
      const ordersOf = async (customer: string): Promise<string[]> => (customer === 'ada' ? ['o1', 'o2'] : []);
      builder
        .stream<string, null>('in')
        .processAsync(async (record) => {
          const orders = await ordersOf(record.key);
          return orders.map((order) => record.withKey(order).withValue(record.key));
        })
        .to('out');
    },
    input: ['in ada null', 'in bob null'],
    output: ['out o1 "ada"', 'out o2 "ada"'],
  },
  toTable: {
    program: (builder) => {
      const names = builder.stream<string, string>('in-names').toTable({ name: 'names' });
      builder
        .stream<string, number>('in')
        .join(names, { join: (n, name) => `${name} ${n}` })
        .to('out');
    },
    input: ['in-names a "Ada"', 'in a 1', 'in-names a "Ann"', 'in a 2', 'in-names a null', 'in a 3'],
    output: ['out a "Ada 1"', 'out a "Ann 2"'],
  },
  repartition: {
    program: (builder) =>
      builder
        .stream<string, { of: string }>('in')
        .selectKey((order) => order.of)
        .repartition({ name: 'by-customer', partitions: 8 })
        .to('out'),
    input: ['in 1 {"of":"ada"}'],
    output: ['out ada {"of":"ada"}'],
  },
  to: {
    program: (builder) =>
      builder.stream<string, number>('in').to(({ value }) => (value > 10 ? 'out-big' : 'out-small')),
    input: ['in a 5', 'in b 20'],
    output: ['out-big b 20', 'out-small a 5'],
  },
};
