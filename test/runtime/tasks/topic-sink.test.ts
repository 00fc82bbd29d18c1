import { describe, expect, test } from 'vitest';
import type { ProducedBatch } from '../../../src/broker/port.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';
import { partitionForKey } from '../../../src/core/murmur2.ts';
import { RecordCollector } from '../../../src/runtime/tasks/record-collector.ts';
import { Task } from '../../../src/runtime/tasks/task.ts';
import { string } from '../../../src/serde/string-serde.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import type { SinkNode } from '../../../src/topology/node.ts';
import { TopologyBuilder } from '../../../src/topology/topology-builder.ts';
import { serdes, sourceOf } from '../fixtures.ts';

const PARTITIONS = 5;

/** What a sink makes of records with these keys; their value is the string `v`. */
function sinkOutput(keys: readonly (Buffer | null)[], sink: Partial<SinkNode> = {}): ProducedBatch[] {
  const { task, collector } = sinkTask(sink);
  task.addRecords({
    topic: 'input',
    partition: 0,
    records: keys.map((key, offset) => ({ key, value: VALUE, timestamp: 7, headers: NO_HEADERS, offset })),
    nextOffset: keys.length,
  });
  void task.process(keys.length);
  return collector.drain();
}

const VALUE = Buffer.from('"v"');

function sinkTask(sink: Partial<SinkNode>): { task: Task; collector: RecordCollector } {
  const builder = new TopologyBuilder();
  builder.addSource(sourceOf('source', ['input']));
  builder.addSink({ name: 'sink', topic: 'output', ...serdes, partitioner: null, ...sink, parents: ['source'] });
  const { nodes, subTopologies } = builder.build('sink');
  const collector = new RecordCollector(() => PARTITIONS);
  const task = new Task({
    applicationId: 'sink',
    id: { subTopology: 0, partition: 0 },
    nodes,
    nodeNames: subTopologies[0]?.nodes ?? [],
    inputs: [{ topic: 'input', sourceTopic: 'input', partition: 0, startOffset: 0, committedOffset: -1 }],
    stores: new Map(),
    collector,
    topicName: (name) => name,
    clock: new ManualClock(),
    maxTaskIdleMs: -1,
  });
  task.init();
  return { task, collector };
}

const keyOf = (text: string): Buffer => Buffer.from(JSON.stringify(text));

describe('a sink', () => {
  test('writes the bytes that came in with its own serde as they are, without a copy', () => {
    const key = keyOf('k');

    const [batch] = sinkOutput([key]);

    expect(batch?.records[0]?.key).toBe(key);
    expect(batch?.records[0]?.value).toBe(VALUE);
  });

  test('serializes anew with another serde', () => {
    const [batch] = sinkOutput([keyOf('k')], { valueSerde: string() });

    expect(batch?.records[0]?.value?.toString()).toBe('v');
  });

  test("partitions by the key's bytes as Kafka does, in the order written within a partition", () => {
    const keys = Array.from({ length: 40 }, (_, index) => keyOf(`key ${index % 20}`));

    const batches = sinkOutput(keys);

    expect(batches.flatMap(({ records }) => records)).toHaveLength(40);
    for (const { partition, records } of batches) {
      const expected = keys.filter((key) => partitionForKey(key, PARTITIONS) === partition);
      expect(records.map(({ key }) => key)).toEqual(expected);
    }
  });

  test('keeps records without a key together until they are sent, and then takes the next partition', () => {
    const { task, collector } = sinkTask({});
    const partitions = [0, 1, 2].map((offset) => {
      const record = { key: null, value: VALUE, timestamp: 7, headers: NO_HEADERS, offset };
      task.addRecords({ topic: 'input', partition: 0, records: [record], nextOffset: offset + 1 });
      void task.process(1);
      return collector.drain().map(({ partition }) => partition);
    });

    expect(partitions).toEqual([[0], [1], [2]]);
  });

  test('asks its partitioner, with the number of partitions', () => {
    const batches = sinkOutput([keyOf('k'), null], {
      partitioner: (record, partitions) => (record.keyDatum === null ? partitions - 1 : 0),
    });

    expect(batches.map(({ partition }) => partition)).toEqual([0, PARTITIONS - 1]);
  });

  test.each([-1, PARTITIONS, 0.5])('refuses the partition %s', (partition) => {
    expect(() => sinkOutput([null], { partitioner: () => partition })).toThrow(
      `Expected the partitioner to return an integer from 0 to 4, got ${partition}`,
    );
  });
});
