import { expect, test } from 'vitest';
import { KStream } from '../../src/dsl/k-stream.ts';
import type { StreamRecord } from '../../src/processor/stream-record.ts';
import { ContextualProcessor } from '../../src/processor/contextual-processor.ts';
import { runProgram } from './run-program.ts';

/** Passes records on one turn of the event loop later. */
class Later extends ContextualProcessor<StreamRecord<any, any>, StreamRecord<any, any>> {
  override async process(record: StreamRecord<any, any>): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.context.forward(record);
  }
}

function later<K, V>({ plan }: KStream<K, V>): KStream<K, V> {
  plan.context.graph.addProcessor({ name: 'later', parents: [plan.node], create: () => new Later() });
  return new KStream<K, V>({ ...plan, node: 'later' });
}

const inputs = [
  { topic: 'in', key: 'a', value: ['x', null, 'y'], timestamp: 1 },
  { topic: 'in', key: 'b', value: [], timestamp: 2 },
  { topic: 'in', key: 'c', value: ['z'], timestamp: 3 },
];

test.each([
  ['at once', <K, V>(stream: KStream<K, V>): KStream<K, V> => stream],
  ['later', later],
])('flatMapValues keeps the order of its values where what follows goes on %s', async (_when, follow) => {
  const records = await runProgram((builder) => {
    follow(builder.stream<string, string[]>('in').flatMapValues((values) => values)).to('out');
  }, inputs);

  expect(records.map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
    ['a', 'x', 1],
    ['a', null, 1],
    ['a', 'y', 1],
    ['c', 'z', 3],
  ]);
});

test.each([
  ['at once', <K, V>(stream: KStream<K, V>): KStream<K, V> => stream],
  ['later', later],
])('flatMap keeps the order of its records where what follows goes on %s', async (_when, follow) => {
  const records = await runProgram((builder) => {
    const pairs = builder.stream<string, string[]>('in').flatMap((values, key) => values.map((v) => [v, key] as const));
    follow(pairs).to('out');
  }, inputs);

  expect(records.map(({ key, value }) => [key, value])).toEqual([
    ['x', 'a'],
    [null, 'a'],
    ['y', 'a'],
    ['z', 'c'],
  ]);
});
