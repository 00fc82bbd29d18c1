import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConsumedRecord } from '../../src/broker/port.ts';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { RecordCollector } from '../../src/runtime/tasks/record-collector.ts';
import { Task } from '../../src/runtime/tasks/task.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { TopologyBuilder } from '../../src/topology/topology-builder.ts';
import { processorOf, sourceOf } from './fixtures.ts';

const TOPICS = ['t0', 't1', 't2', 't3'];

interface TaskUnderTest {
  readonly task: Task;
  /** `topic@offset` of each record processed. */
  readonly seen: string[];
  readonly clock: ManualClock;
}

/** A task that reads partition 0 of each topic and writes down what it processes. */
function taskOver(topics: readonly string[], maxTaskIdleMs: number): TaskUnderTest {
  const seen: string[] = [];
  const builder = new TopologyBuilder();
  for (const topic of topics) builder.addSource(sourceOf(topic, [topic]));
  const create = processorOf((_, context) => {
    const { topic, offset } = context.recordMetadata ?? {};
    seen.push(`${topic}@${offset}`);
  });
  builder.addProcessor({ name: 'see', create, parents: topics });
  const { nodes, subTopologies } = builder.build('order');
  const clock = new ManualClock();
  const task = new Task({
    applicationId: 'order',
    id: { subTopology: 0, partition: 0 },
    nodes,
    nodeNames: subTopologies[0]?.nodes ?? [],
    inputs: topics.map((topic) => ({ topic, sourceTopic: topic, partition: 0, startOffset: 0, committedOffset: -1 })),
    stores: new Map(),
    collector: new RecordCollector(() => 1),
    topicName: (name) => name,
    clock,
    maxTaskIdleMs,
  });
  task.init();
  return { task, seen, clock };
}

function recordAt(timestamp: number, offset: number): ConsumedRecord {
  return { key: null, value: null, timestamp, headers: NO_HEADERS, offset };
}

function batchOf(topic: string, timestamps: readonly number[], from = 0): Parameters<Task['addRecords']>[0] {
  const records = timestamps.map((timestamp, index) => recordAt(timestamp, from + index));
  return { topic, partition: 0, records, nextOffset: from + timestamps.length };
}

/** The order by definition: always the lowest head; of equal ones, that of the queue that the heap gives. */
function isLowestHeadFirst(queues: ReadonlyMap<string, readonly number[]>, order: readonly string[]): boolean {
  const next = new Map([...queues.keys()].map((topic) => [topic, 0]));
  for (const entry of order) {
    const [topic, offset] = entry.split('@') as [string, string];
    const index = next.get(topic) as number;
    const timestamps = queues.get(topic) as readonly number[];
    if (Number(offset) !== index) return false;
    const heads = [...next].flatMap(([other, at]) => (queues.get(other) as readonly number[])[at] ?? []);
    if ((timestamps[index] as number) > Math.min(...heads)) return false;
    next.set(topic, index + 1);
  }
  return true;
}

describe('the order of processing', () => {
  test('is by timestamp over the heads, and by offset within a partition', () => {
    const timestamps = fc.array(fc.nat(12), { maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(timestamps, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 7 }),
        (partitions, limit) => {
          const queues = new Map(partitions.map((each, index) => [TOPICS[index] as string, each]));
          const { task, seen } = taskOver([...queues.keys()], -1);
          for (const [topic, each] of queues) task.addRecords(batchOf(topic, each));

          while (task.ready) void task.process(limit);

          expect(seen).toHaveLength(partitions.flat().length);
          expect(isLowestHeadFirst(queues, seen)).toBe(true);
          expect(task.streamTimeMs).toBe(Math.max(-1, ...partitions.flat()));
        },
      ),
    );
  });

  test('does not depend on how the records of the partitions are cut into batches, once all have arrived', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 30 }), fc.nat(30), (timestamps, cut) => {
        const whole = taskOver(['t0'], -1);
        whole.task.addRecords(batchOf('t0', timestamps));
        void whole.task.process(100);
        const parts = taskOver(['t0'], -1);
        const at = Math.min(cut, timestamps.length);
        parts.task.addRecords(batchOf('t0', timestamps.slice(0, at)));
        parts.task.addRecords(batchOf('t0', timestamps.slice(at), at));
        void parts.task.process(100);

        expect(parts.seen).toEqual(whole.seen);
      }),
    );
  });

  test('of equal timestamps goes round the partitions, as in Kafka Streams', () => {
    const { task, seen } = taskOver(['t0', 't1'], -1);
    task.addRecords(batchOf('t0', [5, 5]));
    task.addRecords(batchOf('t1', [5, 5]));

    void task.process(10);

    expect(seen).toEqual(['t0@0', 't1@0', 't0@1', 't1@1']);
  });
});

describe('an empty partition', () => {
  test('is waited for while the broker has more of it, or it is not known whether it has', () => {
    const { task, seen } = taskOver(['t0', 't1'], 0);
    task.addRecords(batchOf('t0', [9]));
    expect(task.process(10)).toBe(0);

    (task.queues[1] as (typeof task.queues)[number]).endOffset = 1;
    expect(task.process(10)).toBe(0);
    task.addRecords(batchOf('t1', [3]));

    expect(task.process(10)).toBe(2);
    expect(seen).toEqual(['t1@0', 't0@0']);
  });

  test('is not waited for when the broker has no more of it', () => {
    const { task } = taskOver(['t0', 't1'], 0);
    for (const queue of task.queues) queue.endOffset = 0;
    task.addRecords(batchOf('t0', [9]));

    expect(task.process(10)).toBe(1);
  });

  test('is waited for so long as maxTaskIdleMs says', () => {
    const { task, clock } = taskOver(['t0', 't1'], 50);
    for (const queue of task.queues) queue.endOffset = 0;
    task.addRecords(batchOf('t0', [9]));

    expect(task.process(10)).toBe(0);
    expect(task.idleDeadlineMs).toBe(50);
    clock.advance(49);
    expect(task.process(10)).toBe(0);
    clock.advance(1);
    expect(task.process(10)).toBe(1);
  });

  test('is never waited for with -1', () => {
    const { task } = taskOver(['t0', 't1'], -1);
    task.addRecords(batchOf('t0', [9]));

    expect(task.process(10)).toBe(1);
  });
});
