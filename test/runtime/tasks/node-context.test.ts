import { describe, expect, test } from 'vitest';
import type { Processor } from '../../../src/processor/processor.ts';
import { TopologyTestDriver } from '../../../src/testing/index.ts';
import { TopologyBuilder } from '../../../src/topology/topology-builder.ts';
import { processorOf, serdes, sourceOf } from '../fixtures.ts';

type AnyProcessor = Processor<any, any>;

/** `input` → `router` → each child → a sink to the topic of the child's name. */
function fanOut(
  router: () => AnyProcessor,
  children: Readonly<Record<string, () => AnyProcessor>>,
): TopologyTestDriver {
  const builder = new TopologyBuilder();
  builder.addSource(sourceOf('source', ['input']));
  builder.addProcessor({ name: 'router', create: router, parents: ['source'] });
  for (const [name, create] of Object.entries(children)) {
    builder.addProcessor({ name, create, parents: ['router'] });
    builder.addSink({ name: `${name}-sink`, topic: name, ...serdes, partitioner: null, parents: [name] });
  }
  return new TopologyTestDriver(builder.build('fan-out'));
}

const pass = processorOf((record, context) => context.forward(record));
const passLater = processorOf(async (record, context) => {
  await new Promise((resolve) => setImmediate(resolve));
  await context.forward(record);
});
const failLater = processorOf(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  throw new TypeError('no');
});

describe('forward', () => {
  test('reaches every child in order, waiting for those that wait', async () => {
    const driver = fanOut(pass, { a: pass, b: passLater, c: pass });

    await driver.createInputTopic('input').pipeInput('k', 1);

    expect(driver.producedTopics).toEqual(['a', 'b', 'c']);
  });

  test('reaches only the child that is named', async () => {
    const driver = fanOut(
      processorOf((record, context) => context.forward(record, record.value)),
      { a: pass, b: pass },
    );
    const input = driver.createInputTopic('input');

    await input.pipeInput('k', 'b');

    expect(driver.producedTopics).toEqual(['b']);
    await expect(input.pipeInput('k', 'z')).rejects.toThrow('Expected "z" to be a child of node "router"');
  });

  test.each([
    ['one child', { bad: failLater }],
    ['several children', { good: pass, bad: failLater }],
  ])('names the node whose promise rejects, with %s', async (_, children) => {
    const driver = fanOut(pass, children);

    const piped = driver.createInputTopic('input').pipeInput('k', 1);

    await expect(piped).rejects.toMatchObject({
      code: 'PROCESSING_FAILED',
      context: { node: 'bad', task: '0_0', offset: 0 },
    });
  });

  test('keeps the node where an error arose, not those above it', async () => {
    const bad = processorOf(() => {
      throw new TypeError('no');
    });
    const driver = fanOut(pass, { good: pass, bad });

    await expect(driver.createInputTopic('input').pipeInput('k', 1)).rejects.toMatchObject({
      context: { node: 'bad' },
    });
  });
});

describe('the context', () => {
  test('knows where the record came from while it is processed, also after waiting', async () => {
    const seen: unknown[] = [];
    let metadata: () => unknown = () => undefined;
    const look = (): AnyProcessor => ({
      init: (context) => {
        metadata = () => context.recordMetadata;
      },
      process: async () => {
        seen.push(metadata());
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(metadata());
      },
    });
    const driver = fanOut(pass, { look });

    await driver.createInputTopic('input').pipeInput('k', 1);

    const place = { topic: 'input', partition: 0, offset: 0 };
    expect(seen).toEqual([place, place]);
    expect(metadata()).toBeNull();
  });

  test('has the largest timestamp processed as stream time, the current one included', async () => {
    const seen: number[] = [];
    const driver = fanOut(
      processorOf((_, context) => void seen.push(context.streamTimeMs)),
      {},
    );
    const input = driver.createInputTopic('input');
    for (const timestamp of [3, 9, 5]) await input.pipeInput('k', 1, { timestamp });

    expect(seen).toEqual([3, 9, 9]);
  });
});
