import { buffer, topology } from 'millrace';
import type { ProducedRecord } from '../../src/broker/port.ts';
import { systemClock } from '../../src/core/clock.ts';
import { RecordCollector } from '../../src/runtime/tasks/record-collector.ts';
import { Task } from '../../src/runtime/tasks/task.ts';

const PARTITIONS = 4;

/**
 * Makes what takes records through a task of six operators, from its queue to the collector of its outputs. Keys and values
 * are the bytes that they are, so that no serde is measured.
 */
export function operatorChain(records: readonly ProducedRecord[]): () => void {
  const collector = new RecordCollector(() => PARTITIONS);
  void collector.output('outputs');
  const task = taskOfSix(collector);
  let offset = 0;
  return () => {
    const consumed = records.map((record, index) => ({ ...record, offset: offset + index }));
    offset += records.length;
    task.addRecords({ topic: 'inputs', partition: 0, records: consumed, nextOffset: offset });
    for (const queue of task.queues) queue.endOffset = offset;
    const processed = task.process(records.length);
    if (processed !== records.length) throw new Error(`Expected ${records.length} records to be processed at once`);
    collector.drain();
  };
}

function taskOfSix(collector: RecordCollector): Task {
  let seen = 0;
  const serdes = { keySerde: buffer(), valueSerde: buffer() };
  const { nodes, subTopologies } = topology(
    'guard',
    (builder) => {
      builder
        .stream<Buffer, Buffer>('inputs')
        .filter((value) => value.length > 0)
        .peek(() => void seen++)
        .mapValues((value) => value)
        .filterNot((value) => value.length > 1_000_000)
        .map((value, key) => [key, value])
        .peek(() => void seen++)
        .to('outputs');
    },
    serdes,
  );
  const input = { topic: 'inputs', sourceTopic: 'inputs', partition: 0, startOffset: 0, committedOffset: -1 };
  const task = new Task({
    ...{ applicationId: 'guard', id: { subTopology: 0, partition: 0 }, nodes, inputs: [input], stores: new Map() },
    ...{ nodeNames: subTopologies.flatMap((part) => part.nodes), topicName: (name) => name },
    ...{ collector, clock: systemClock, maxTaskIdleMs: -1 },
  });
  task.init();
  return task;
}
