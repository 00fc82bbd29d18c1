import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import type { Topology } from '../../src/topology/topology.ts';

function program(define: (builder: StreamsBuilder) => void): Topology {
  const builder = new StreamsBuilder();
  define(builder);
  return builder.build('app');
}

const topicsOf = ({ subTopologies }: Topology): readonly (readonly string[])[] =>
  subTopologies.map(({ sourceTopics }) => sourceTopics);

describe('sub-topologies', () => {
  test('are numbered in the order in which they begin, upstream first', () => {
    const topology = program((builder) => {
      builder.stream('z').to('z-copy');
      builder
        .stream<string, string>('a')
        .selectKey((v) => v)
        .repartition({ name: 'first' })
        .selectKey((v) => v)
        .repartition({ name: 'second' });
      builder.stream('m').to('m-copy');
    });

    expect(topicsOf(topology)).toEqual([['z'], ['a'], ['first-repartition'], ['second-repartition'], ['m']]);
    expect(topology.subTopologies.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
  });

  test('are one where nodes share a store', () => {
    const topology = program((builder) => {
      const rates = builder.table<string, number>('rates');
      builder.stream<string, number>('sums').join(rates, { join: (sum, rate) => sum * rate });
      builder.stream('others');
    });

    expect(topicsOf(topology)).toEqual([['rates', 'sums'], ['others']]);
    expect(topology.subTopologies[0]?.stores).toEqual(['rates-store']);
  });

  test('list parents before children', () => {
    const [part] = program((builder) => {
      const left = builder.stream('a').filter(() => true);
      left.merge(builder.stream('b').mapValues((v) => v)).to('out');
    }).subTopologies;

    const position = (name: string): number => part?.nodes.indexOf(name) ?? -1;
    expect(position('KSTREAM-SOURCE-0000000002')).toBeLessThan(position('KSTREAM-MAPVALUES-0000000003'));
    expect(position('KSTREAM-MAPVALUES-0000000003')).toBeLessThan(position('KSTREAM-MERGE-0000000004'));
    expect(position('KSTREAM-MERGE-0000000004')).toBeLessThan(position('KSTREAM-SINK-0000000005'));
  });

  test('of a foreign-key join are that of each table, and both topics between them', () => {
    const topology = program((builder) => {
      const customers = builder.table<number, string>('customers');
      builder
        .table<string, number>('orders')
        .join(customers, { foreignKey: (n) => n, join: (n, name) => `${n} ${name}`, name: 'named' })
        .toStream()
        .to('out');
    });

    expect(topicsOf(topology)).toEqual([
      ['customers', 'named-subscription-registration-topic'],
      ['orders', 'named-subscription-response-topic'],
    ]);
    expect([...topology.repartitionTopics.keys()]).toEqual([
      'named-subscription-registration-topic',
      'named-subscription-response-topic',
    ]);
  });
});

describe('topics that a task reads together have the same number of partitions', () => {
  test('those of joined tables and streams', () => {
    const topology = program((builder) => {
      const rates = builder.table<string, number>('rates');
      const fees = builder.table<string, number>('fees');
      const both = rates.join(fees, { join: (rate, fee) => rate + fee });
      builder.stream<string, number>('sums').leftJoin(both, { join: (sum, cost) => sum + (cost ?? 0) });
    });

    expect(topology.coPartitionGroups).toEqual([
      ['rates', 'fees'],
      ['sums', 'rates', 'fees'],
    ]);
  });

  test('the repartition topic of a stream whose key was changed, not the topic it came from', () => {
    const topology = program((builder) => {
      const rates = builder.table<number, number>('rates');
      builder
        .stream<string, number>('sums')
        .selectKey((n) => n)
        .join(rates, { join: (a, b) => a * b, name: 'rated' });
    });

    expect(topology.coPartitionGroups).toEqual([['rated-repartition', 'rates']]);
  });

  test('each table of a foreign-key join with the topic that comes to it', () => {
    const topology = program((builder) => {
      const customers = builder.table<number, string>('customers');
      builder.table<string, number>('orders').join(customers, { foreignKey: (n) => n, join: (n) => n, name: 'named' });
    });

    expect(topology.coPartitionGroups).toEqual([
      ['customers', 'named-subscription-registration-topic'],
      ['orders', 'named-subscription-response-topic'],
    ]);
  });

  test('no group is made of one topic', () => {
    expect(program((builder) => builder.stream('a').groupByKey().count({ name: 'n' })).coPartitionGroups).toEqual([]);
  });
});
