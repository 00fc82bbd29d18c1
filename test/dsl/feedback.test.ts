import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { string, StreamsBuilder, type Topology } from '../../src/index.ts';
import { describe as describeTopology } from '../../src/topology/describe.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import {
  applicationOf,
  createTopic,
  produce,
  runUntilDrained,
  temporaryDirectory,
} from '../runtime/application-fixtures.ts';
import { readTopic } from '../support/topics.ts';

/** Counts numbers down through a topic that it reads upstream, and counts in a table how many steps each key took. */
function countdown(): Topology {
  const builder = new StreamsBuilder({ keySerde: string() });
  const steps = builder.stream<string, number>(['in', 'again']).mapValues((n) => n - 1);
  steps.filter((n) => n > 0).to('again');
  steps.groupByKey().count({ name: 'steps' }).toStream().to('steps');
  builder
    .table<string, number>('steps')
    .toStream()
    .mapValues((n) => `${n} so far`)
    .to('told');
  return builder.build('countdown');
}

const STEPS = [
  ['a', 1],
  ['a', 2],
  ['a', 3],
  ['b', 1],
];

test('a topic that is written may be read again, upstream too', async () => {
  const driver = new TopologyTestDriver(countdown());
  const input = driver.createInputTopic<string, number>('in', { keySerde: string() });
  await input.pipeInput('a', 3, { timestamp: 5 });
  await input.pipeInput('b', 1, { timestamp: 6 });
  const read = (topic: string): unknown[] =>
    driver
      .createOutputTopic<string, unknown>(topic, { keySerde: string() })
      .readRecords()
      .map(({ key, value }) => [key, value]);
  expect(read('steps')).toEqual(STEPS);
  expect(read('again')).toEqual([
    ['a', 2],
    ['a', 1],
  ]);
  expect(read('told')).toEqual(STEPS.map(([key, n]) => [key, `${n} so far`]));
  await driver.close();
});

test('an application runs it on a broker, and makes the topic that it alone writes', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'in');
  await produce(broker, 'in', [
    { key: 'a', value: 3, timestamp: 5 },
    { key: 'b', value: 1, timestamp: 6 },
  ]);
  const application = applicationOf({ topology: countdown(), broker, config: { stateDirectory: directory.path } });
  await runUntilDrained(application);
  const told = await readTopic(broker, 'steps');
  expect(told.map(({ value }) => Number(value)).toSorted()).toEqual([1, 1, 2, 3]);
  await broker.close();
});

test('describe() shows both ends of it', () => {
  expect(describeTopology(countdown())).toMatch(/topics: \[in, again\][\s\S]*topic: again/);
});
