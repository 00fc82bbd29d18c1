import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts';
import { planPartitions, planTasks } from '../../../src/runtime/topics/partition-plan.ts';
import { TopologyBuilder } from '../../../src/topology/topology-builder.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { processorOf, serdes, sourceOf } from '../fixtures.ts';

/** Two inputs, each sent through a repartition topic (or read as it is), joined in one processor. */
function joinOf(left: 'direct' | number | null, right: 'direct' | number | null): Topology {
  const builder = new TopologyBuilder();
  const sources = [sideOf(builder, 'left', left), sideOf(builder, 'right', right)];
  builder.addProcessor({ name: 'join', create: processorOf(() => undefined), parents: sources });
  builder.coPartition(sources);
  return builder.build('join');
}

function sideOf(builder: TopologyBuilder, side: string, partitions: 'direct' | number | null): string {
  builder.addSource(sourceOf(`${side}-source`, [side]));
  if (partitions === 'direct') return `${side}-source`;
  builder.addRepartitionTopic({ name: `${side}-repartition`, partitions });
  builder.addSink({
    name: `${side}-out`,
    topic: `${side}-repartition`,
    ...serdes,
    partitioner: null,
    parents: [`${side}-source`],
  });
  builder.addSource(sourceOf(`${side}-in`, [`${side}-repartition`]));
  return `${side}-in`;
}

const counts = (left: number, right: number): Map<string, number> =>
  new Map([
    ['left', left],
    ['right', right],
  ]);

describe('a repartition topic', () => {
  test('has the number it was given', () => {
    expect(planPartitions(joinOf(6, 6), counts(2, 3)).get('left-repartition')).toBe(6);
  });

  test('has that of the topic it is joined with', () => {
    expect(planPartitions(joinOf(null, 'direct'), counts(8, 3)).get('left-repartition')).toBe(3);
    expect(planPartitions(joinOf(null, 5), counts(8, 3)).get('left-repartition')).toBe(5);
  });

  test('has the largest upstream when it is joined only with others like it', () => {
    const planned = planPartitions(joinOf(null, null), counts(2, 5));
    expect([planned.get('left-repartition'), planned.get('right-repartition')]).toEqual([5, 5]);
  });

  test('has that of the topics it meets when two are upstream of each other', () => {
    const builder = new StreamsBuilder();
    const totals = builder
      .stream<string, { group: string }>('input')
      .groupBy(({ group }) => group)
      .count({ name: 'totals' });
    totals.join(totals, { foreignKey: String, join: (left, right) => left + right, name: 'joined' });

    const planned = planPartitions(builder.build('self'), new Map([['input', 3]]));

    expect([...planned.values()]).toEqual([3, 3, 3, 3]);
  });

  test('has that of the topic upstream, over several hops', () => {
    const builder = new TopologyBuilder();
    builder.addSource(sourceOf('source', ['input']));
    for (const [hop, parent] of [
      ['b', 'source'],
      ['a', 'b-in'],
    ] as const) {
      builder.addRepartitionTopic({ name: hop, partitions: null });
      builder.addSink({ name: `${hop}-out`, topic: hop, ...serdes, partitioner: null, parents: [parent] });
      builder.addSource(sourceOf(`${hop}-in`, [hop]));
    }
    const planned = planPartitions(builder.build('hops'), new Map([['input', 7]]));
    expect([planned.get('a'), planned.get('b')]).toEqual([7, 7]);
  });
});

test('co-partitioned topics that differ are named with their numbers', () => {
  expect(() => planPartitions(joinOf('direct', 'direct'), counts(2, 3))).toThrow(
    'Expected the topics "left" and "right" to have the same number of partitions, got 2 and 3',
  );
});

test('topics merged into one sub-topology need not agree: each task reads the partitions there are', () => {
  const builder = new TopologyBuilder();
  builder.addSource(sourceOf('one', ['one']));
  builder.addSource(sourceOf('two', ['two']));
  builder.addProcessor({ name: 'merge', create: processorOf(() => undefined), parents: ['one', 'two'] });
  const topology = builder.build('merge');

  const tasks = planTasks(
    topology,
    planPartitions(
      topology,
      new Map([
        ['one', 1],
        ['two', 2],
      ]),
    ),
  );

  expect(tasks.map(({ id, sourceTopics }) => [id.partition, sourceTopics])).toEqual([
    [0, ['one', 'two']],
    [1, ['two']],
  ]);
});
