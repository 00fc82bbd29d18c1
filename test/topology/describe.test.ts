import { describe as suite, expect, test } from 'vitest';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { describe } from '../../src/topology/describe.ts';
import { mermaid } from '../../src/topology/mermaid.ts';

function program(define: (builder: StreamsBuilder) => void): ReturnType<StreamsBuilder['build']> {
  const builder = new StreamsBuilder();
  define(builder);
  return builder.build('app');
}

function wordCount(builder: StreamsBuilder): void {
  builder
    .stream<string, string>('lines')
    .flatMapValues((line) => line.split(' '))
    .groupBy((word) => word)
    .count({ name: 'counts' })
    .toStream()
    .to('word-counts');
}

// What Kafka Streams prints for the same programs, with the same names given where ours need one.
suite('the text is the one that Kafka Streams prints', () => {
  test('for a count by a new key, in two sub-topologies', () => {
    expect(describe(program(wordCount))).toBe(`Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [lines])
      --> KSTREAM-FLATMAPVALUES-0000000001
    Processor: KSTREAM-FLATMAPVALUES-0000000001 (stores: [])
      --> KSTREAM-KEY-SELECT-0000000002
      <-- KSTREAM-SOURCE-0000000000
    Processor: KSTREAM-KEY-SELECT-0000000002 (stores: [])
      --> counts-repartition-filter
      <-- KSTREAM-FLATMAPVALUES-0000000001
    Processor: counts-repartition-filter (stores: [])
      --> counts-repartition-sink
      <-- KSTREAM-KEY-SELECT-0000000002
    Sink: counts-repartition-sink (topic: counts-repartition)
      <-- counts-repartition-filter

  Sub-topology: 1
    Source: counts-repartition-source (topics: [counts-repartition])
      --> counts
    Processor: counts (stores: [counts])
      --> KTABLE-TOSTREAM-0000000007
      <-- counts-repartition-source
    Processor: KTABLE-TOSTREAM-0000000007 (stores: [])
      --> KSTREAM-SINK-0000000008
      <-- counts
    Sink: KSTREAM-SINK-0000000008 (topic: word-counts)
      <-- KTABLE-TOSTREAM-0000000007

`);
  });

  test('for a join of tables, the nodes with most below them first', () => {
    const joined = program((builder) => {
      const orders = builder.table<string, number>('orders', { store: 'order-rows' });
      const payments = builder.table<string, number>('payments', { store: 'payment-rows' });
      const open = orders
        .filter((amount) => amount > 1)
        .leftJoin(payments, { join: (amount, paid) => amount - (paid ?? 0) });
      open.toStream().to('open-orders');
    });

    expect(describe(joined)).toBe(`Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [orders])
      --> KTABLE-SOURCE-0000000001
    Source: KSTREAM-SOURCE-0000000002 (topics: [payments])
      --> KTABLE-SOURCE-0000000003
    Processor: KTABLE-SOURCE-0000000001 (stores: [order-rows])
      --> KTABLE-FILTER-0000000004
      <-- KSTREAM-SOURCE-0000000000
    Processor: KTABLE-FILTER-0000000004 (stores: [])
      --> KTABLE-JOINTHIS-0000000006
      <-- KTABLE-SOURCE-0000000001
    Processor: KTABLE-SOURCE-0000000003 (stores: [payment-rows])
      --> KTABLE-JOINOTHER-0000000007
      <-- KSTREAM-SOURCE-0000000002
    Processor: KTABLE-JOINOTHER-0000000007 (stores: [order-rows])
      --> KTABLE-MERGE-0000000005
      <-- KTABLE-SOURCE-0000000003
    Processor: KTABLE-JOINTHIS-0000000006 (stores: [payment-rows])
      --> KTABLE-MERGE-0000000005
      <-- KTABLE-FILTER-0000000004
    Processor: KTABLE-MERGE-0000000005 (stores: [])
      --> KTABLE-TOSTREAM-0000000008
      <-- KTABLE-JOINTHIS-0000000006, KTABLE-JOINOTHER-0000000007
    Processor: KTABLE-TOSTREAM-0000000008 (stores: [])
      --> KSTREAM-SINK-0000000009
      <-- KTABLE-MERGE-0000000005
    Sink: KSTREAM-SINK-0000000009 (topic: open-orders)
      <-- KTABLE-TOSTREAM-0000000008

`);
  });

  test('for branches, a merge, an end without topic and a topic chosen by record', () => {
    const branched = program((builder) => {
      const { big, rest } = builder.stream<string, number>(['a', 'b']).split({ big: (n) => n > 9, rest: true });
      big.merge(rest.filterNot((n) => n < 0)).to(({ key }) => key as string);
      rest.foreach(() => undefined);
    });

    expect(describe(branched)).toBe(`Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [a, b])
      --> KSTREAM-BRANCH-0000000001
    Processor: KSTREAM-BRANCH-0000000001 (stores: [])
      --> KSTREAM-BRANCH-0000000001-big, KSTREAM-BRANCH-0000000001-rest
      <-- KSTREAM-SOURCE-0000000000
    Processor: KSTREAM-BRANCH-0000000001-rest (stores: [])
      --> KSTREAM-FILTER-0000000002, KSTREAM-FOREACH-0000000005
      <-- KSTREAM-BRANCH-0000000001
    Processor: KSTREAM-BRANCH-0000000001-big (stores: [])
      --> KSTREAM-MERGE-0000000003
      <-- KSTREAM-BRANCH-0000000001
    Processor: KSTREAM-FILTER-0000000002 (stores: [])
      --> KSTREAM-MERGE-0000000003
      <-- KSTREAM-BRANCH-0000000001-rest
    Processor: KSTREAM-MERGE-0000000003 (stores: [])
      --> KSTREAM-SINK-0000000004
      <-- KSTREAM-BRANCH-0000000001-big, KSTREAM-FILTER-0000000002
    Processor: KSTREAM-FOREACH-0000000005 (stores: [])
      --> none
      <-- KSTREAM-BRANCH-0000000001-rest
    Sink: KSTREAM-SINK-0000000004 (extractor class: TopicNameExtractor)
      <-- KSTREAM-MERGE-0000000003

`);
  });
});

test('mermaid draws sub-topologies, stores and topics, internal ones by their full names', () => {
  const chart = mermaid(program(wordCount));

  expect(chart.split('\n')[0]).toBe('flowchart TD');
  expect(chart).toContain('subgraph s0 ["Sub-topology 0"]');
  expect(chart).toContain('subgraph s1 ["Sub-topology 1"]');
  expect(chart).toMatch(/n\d+\[\("counts"\)\]/);
  expect(chart).toMatch(/n\d+\(\["app-counts-repartition"\]\)/);
  const [, lines] = /(n\d+)\(\["lines"\]\)/.exec(chart) ?? [];
  const [, source] = /(n\d+)\["KSTREAM-SOURCE-0000000000"\]/.exec(chart) ?? [];
  expect(chart).toContain(`  ${lines} --> ${source}\n`);
});
