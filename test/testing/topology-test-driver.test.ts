import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import { TopologyBuilder } from '../../src/topology/topology-builder.ts';
import { chainOf, countByTopology, processorOf, serdes, sourceOf } from '../runtime/fixtures.ts';

describe('a record piped into a chain', () => {
  test('comes out with its timestamp and headers', async () => {
    const driver = new TopologyTestDriver(
      chainOf((record, context) => context.forward(record.withValue(record.value + 1))),
    );
    const headers = [['trace', Buffer.from('7')]] as const;

    await driver.createInputTopic<string, number>('input').pipeInput('a', 1, { timestamp: 5, headers });

    expect(driver.createOutputTopic('output').readRecords()).toEqual([{ key: 'a', value: 2, timestamp: 5, headers }]);
    await driver.close();
  });

  test('is complete when pipeInput resolves, also when a step waits', async () => {
    const driver = new TopologyTestDriver(
      chainOf(async (record, context) => {
        await new Promise((resolve) => setImmediate(resolve));
        await context.forward(record);
      }),
    );
    const input = driver.createInputTopic<string, number>('input');
    const output = driver.createOutputTopic<string, number>('output');

    await Promise.all([input.pipeInput('a', 1), input.pipeInput('b', 2)]);

    expect(output.readRecords().map(({ value }) => value)).toEqual([1, 2]);
    expect(output.isEmpty).toBe(true);
  });

  test('gets the wall clock where it has no timestamp', async () => {
    const driver = new TopologyTestDriver(
      chainOf((record, context) => context.forward(record)),
      { startWallClockMs: 7 },
    );
    await driver.advanceWallClock(3);

    await driver.createInputTopic('input').pipeInput('a', 1);

    expect(driver.createOutputTopic('output').readRecord().timestamp).toBe(10);
  });

  test('is a tombstone when its value is null', async () => {
    const driver = new TopologyTestDriver(chainOf((record, context) => context.forward(record)));

    await driver.createInputTopic('input').pipeInput('a', null);

    expect(driver.createOutputTopic('output').readKeyValuesToMap()).toEqual(new Map([['a', null]]));
  });

  test('rejects the call with the place of the error', async () => {
    const driver = new TopologyTestDriver(
      chainOf(() => {
        throw new TypeError('secret');
      }),
    );

    const error = await driver
      .createInputTopic('input')
      .pipeInput('a', 1)
      .catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(MillraceError);
    expect(error).toMatchObject({
      code: 'PROCESSING_FAILED',
      context: { task: '0_0', node: 'step', topic: 'input', partition: 0, offset: 0 },
    });
    expect((error as MillraceError).message).not.toContain('secret');
    expect((error as MillraceError).cause).toBeInstanceOf(TypeError);
  });
});

describe('a topology with a repartition topic', () => {
  test('runs to its end for each input', async () => {
    const driver = new TopologyTestDriver(countByTopology());
    const input = driver.createInputTopic('input');
    for (const by of ['x', 'y', 'x']) await input.pipeInput(null, { by }, { timestamp: 1 });

    const counts = driver.createOutputTopic<string, number>('counts').readRecords();

    expect(counts.map(({ key, value }) => [key, value])).toEqual([
      ['x', 1],
      ['y', 1],
      ['x', 2],
    ]);
    expect(driver.getKeyValueStore<string, number>('counts').get('x')).toBe(2);
    expect(driver.producedTopics).toEqual(['count-by-by-repartition', 'counts']);
  });
});

test('a topic that is written and read again loops through and is an output too', async () => {
  const builder = new TopologyBuilder();
  builder.addSource(sourceOf('first', ['a']));
  builder.addSink({ name: 'to-b', topic: 'b', ...serdes, partitioner: null, parents: ['first'] });
  builder.addSource(sourceOf('second', ['b']));
  builder.addProcessor({
    name: 'double',
    create: processorOf((r, context) => context.forward(r.withValue(r.value * 2))),
    parents: ['second'],
  });
  builder.addSink({ name: 'to-c', topic: 'c', ...serdes, partitioner: null, parents: ['double'] });
  const driver = new TopologyTestDriver(builder.build('loop'));

  await driver.createInputTopic('a').pipeInput('k', 2);

  expect(driver.createOutputTopic('b').readRecord().value).toBe(2);
  expect(driver.createOutputTopic('c').readRecord().value).toBe(4);
});

test('unknown topics and stores are refused by name', () => {
  const driver = new TopologyTestDriver(countByTopology());

  expect(() => driver.createInputTopic('nope')).toThrow(/input.*got "nope"/);
  expect(() => driver.getKeyValueStore('nope')).toThrow(/counts.*got "nope"/);
  expect(() => driver.createOutputTopic('counts').readRecord()).toThrow(
    'Expected a further record in topic "counts", got none',
  );
});
