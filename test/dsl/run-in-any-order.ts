import type { ProducedRecord } from '../../src/broker/port.ts';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { Task } from '../../src/runtime/tasks/task.ts';
import { json } from '../../src/serde/json-serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import { createStore } from '../../src/store/layers/create-store.ts';
import { MemoryEngine } from '../../src/store/memory/memory-engine.ts';
import { CapturedOutputs } from '../../src/testing/captured-outputs.ts';
import type { TestRecord } from '../../src/testing/index.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { TestOutputTopic } from '../../src/testing/test-output-topic.ts';
import type { SubTopology, Topology } from '../../src/topology/topology.ts';
import type { Update } from './run-program.ts';

/** A topic that is read: who reads it, and what is not read of it yet. */
interface Wire {
  readonly topic: string;
  readonly task: Task;
  readonly waiting: ProducedRecord[];
  nextOffset: number;
}

/**
 * Runs a program as instances do that go at their own pace: each sub-topology by itself, with one partition, and each next
 * record from the topic that `choices` say, in turns, as an index among those that have one (modulo how many they are).
 * Each topic keeps its order; nothing else does. Returns what was written to `out`.
 */
export async function runInAnyOrder(
  define: (builder: StreamsBuilder) => void,
  updates: readonly Update[],
  choices: readonly number[],
): Promise<TestRecord<string, any>[]> {
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  define(builder);
  const outputs = new CapturedOutputs();
  const wires = wiresOf(builder.build('program'), outputs);
  const written: ProducedRecord[] = [];
  for (const { topic, key, value, timestamp } of updates) {
    const keyBytes = key === null ? null : string().serialize(key);
    const valueBytes = value === null ? null : json().serialize(value);
    wires.get(topic)?.waiting.push({ key: keyBytes, value: valueBytes, timestamp, headers: [] });
  }
  for (let step = 0; ; step++) {
    const ready = [...wires.values()].filter(({ waiting }) => waiting.length > 0);
    if (ready.length === 0) break;
    await processNext(ready[(choices[step % choices.length] ?? 0) % ready.length] as Wire);
    for (const { topic, record } of outputs.drain()) (wires.get(topic)?.waiting ?? written).push(record);
  }
  return new TestOutputTopic<string, any>('out', { keySerde: string() }, written).readRecords();
}

async function processNext(wire: Wire): Promise<void> {
  const { topic, task, waiting } = wire;
  const offset = wire.nextOffset++;
  const record = { ...(waiting.shift() as ProducedRecord), offset };
  task.addRecords({ topic, partition: 0, records: [record], nextOffset: wire.nextOffset });
  await task.process(1);
}

function wiresOf(topology: Topology, outputs: CapturedOutputs): Map<string, Wire> {
  const wires = new Map<string, Wire>();
  for (const part of topology.subTopologies) {
    const task = taskOf(topology, part, outputs);
    for (const topic of part.sourceTopics) wires.set(topic, { topic, task, waiting: [], nextOffset: 0 });
  }
  return wires;
}

function taskOf(topology: Topology, part: SubTopology, outputs: CapturedOutputs): Task {
  const stores = [...topology.stores.values()].filter(({ name }) => part.stores.includes(name));
  const input = { partition: 0, startOffset: 0, committedOffset: -1 };
  const task = new Task({
    applicationId: 'program',
    id: { subTopology: part.id, partition: 0 },
    nodes: topology.nodes,
    nodeNames: part.nodes,
    inputs: part.sourceTopics.map((topic) => ({ ...input, topic, sourceTopic: topic })),
    stores: new Map(stores.map((spec) => [spec.name, createStore(spec, new MemoryEngine())])),
    collector: outputs,
    topicName: (name) => name,
    clock: new ManualClock(0),
    maxTaskIdleMs: -1,
  });
  for (const queue of task.queues) queue.endOffset = 0;
  task.init();
  return task;
}
