import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { ApplicationState } from '../../src/runtime/application-state.ts';
import { createTopic, drained, produce, readAll, recordsBy } from './application-fixtures.ts';
import { chainOf, countByTopology } from './fixtures.ts';
import { Instances, runningTasks, tasksOf, until } from './instances.ts';

async function brokerWithInput(partitions = 2): Promise<EmbeddedBroker> {
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input', partitions);
  return broker;
}

/** Forwards, but throws as long as the switch is on. */
function throwingChain(broken: { isOn: boolean }): ReturnType<typeof chainOf> {
  return chainOf((record, context) => {
    if (broken.isOn && record.value === 'bad') throw new RangeError('no');
    return context.forward(record);
  });
}

describe('an error that nothing passes over', () => {
  test('replaces the thread, which goes on from the last commit', async () => {
    const broker = await brokerWithInput();
    const broken = { isOn: true };
    await using instances = new Instances(broker, () => throwingChain(broken), { uncaughtErrors: 'replaceThread' });
    const states: ApplicationState[] = [];
    const onStateChange = (state: ApplicationState): void => {
      states.push(state);
      if (states.at(-2) === 'RUNNING') broken.isOn = false;
    };
    const { application } = await instances.start({}, { stateListener: { onStateChange } });

    await produce(
      broker,
      'input',
      ['a', 'bad', 'c'].map((value) => ({ key: 'k', value })),
    );
    await until(() => !broken.isOn && application.state === 'RUNNING', instances.alive);
    await drained(application);

    expect((await readAll(broker, 'output')).map(({ value }) => value)).toEqual(['a', 'bad', 'c']);
    expect(states.slice(0, 4)).toEqual(['REBALANCING', 'RUNNING', 'REBALANCING', 'RUNNING']);
  });

  test('stops the instance by default, and another goes on', async () => {
    const broker = await brokerWithInput();
    const broken = { isOn: true };
    await using instances = new Instances(broker, () => throwingChain(broken));
    const first = await instances.start();
    await produce(broker, 'input', [{ key: 'k', value: 'bad' }]);

    await expect(first.application.finished).rejects.toMatchObject({ code: 'PROCESSING_FAILED' });
    broken.isOn = false;
    instances.alive.delete(first);
    await instances.start();
    await instances.settled(2);

    expect(first.application.state).toBe('ERROR');
    expect(await readAll(broker, 'output')).toHaveLength(1);
  });

  test('stops all instances where that is wanted, the others with an error of their own', async () => {
    const broker = await brokerWithInput();
    const topology = () => throwingChain({ isOn: true });
    await using instances = new Instances(broker, topology, { uncaughtErrors: 'stopApplication' });
    const both = [await instances.start(), await instances.start()];
    await until(() => both.every(({ application }) => runningTasks(application.status()).length === 1));

    await produce(broker, 'input', [{ key: 'k', value: 'bad' }]);
    const codes = await Promise.all(
      both.map(({ application }) => application.finished.catch((error: { code: string }) => error.code)),
    );

    expect(codes.toSorted()).toEqual(['APPLICATION_STOPPED', 'PROCESSING_FAILED']);
    expect(both.map(({ application }) => application.state)).toEqual(['ERROR', 'ERROR']);
  });
});

test('a paused application processes nothing until it is resumed', async () => {
  const broker = await brokerWithInput();
  await using instances = new Instances(broker, () => chainOf((record, context) => context.forward(record)));
  const { application } = await instances.create();
  application.pause();
  await application.start();
  await produce(broker, 'input', [{ key: 'k', value: 1 }]);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  const whilePaused = application.metrics().recordsProcessed;
  const { paused } = application.status();

  application.resume();
  await drained(application);

  expect({ paused, whilePaused }).toEqual({ paused: true, whilePaused: 0 });
  expect(await readAll(broker, 'output')).toHaveLength(1);
});

test('a stop that takes too long drops what is not committed, and says so', async () => {
  const broker = await brokerWithInput(1);
  const entered = Promise.withResolvers<void>();
  const topology = () =>
    chainOf(async () => {
      entered.resolve();
      await new Promise(() => undefined);
    });
  await using instances = new Instances(broker, topology);
  const instance = await instances.start();
  await produce(broker, 'input', [{ key: 'k', value: 1 }]);
  await entered.promise;
  instances.alive.delete(instance);

  await expect(instance.application.close({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'SHUTDOWN_TIMEOUT' });

  expect(instance.application.state).toBe('NOT_RUNNING');
});

test('a static member that comes back in time has its tasks, without a rebalance for the others', async () => {
  const broker = await brokerWithInput();
  await using instances = new Instances(broker, () => countByTopology());
  const states: ApplicationState[] = [];
  const onStateChange = (state: ApplicationState): void => void states.push(state);
  await instances.start({}, { stateListener: { onStateChange } });
  const stays = await instances.start({ instanceId: 'one' });
  await until(() => tasksOf(stays.application.status(), 'active').length > 0);
  await instances.settled(4);
  const tasks = tasksOf(stays.application.status(), 'active').map(({ task }) => task);
  const before = states.length;

  await instances.close(stays);
  const back = await instances.start({ instanceId: 'one' });
  await instances.settled(4);

  expect(tasksOf(back.application.status(), 'active').map(({ task }) => task)).toEqual(tasks);
  expect(states).toHaveLength(before);
});

test('stores are read by partition, stale ones where that is allowed, and instances know who has what', async () => {
  const broker = await brokerWithInput();
  await using instances = new Instances(broker, () => countByTopology(), {
    numStandbyReplicas: 1,
    probingRebalanceIntervalMs: 20,
  });
  const [one, two] = [
    await instances.start({ applicationServer: 'one:1' }),
    await instances.start({ applicationServer: 'two:2' }),
  ].map(({ application }) => application);
  if (one === undefined || two === undefined) throw new RangeError('two were started');
  await produce(broker, 'input', recordsBy(700, 7));
  await instances.settled(4);
  const here = (application: typeof one, active: boolean): number[] =>
    application
      .staleness('counts')
      .filter((partition) => partition.active === active && partition.lag === 0)
      .map(({ partition }) => partition);
  await until(() => [one, two].every((each) => here(each, true).length === 1 && here(each, false).length === 1));
  await instances.settled(4);

  const metadata = one.metadata();
  const key = one.metadataForKey('counts', 'g3');
  const owner = key?.active === 'one:1' ? one : two;
  const other = owner === one ? two : one;
  const partition = key?.partition ?? -1;

  expect(metadata.map(({ endpoint, isThisInstance }) => [endpoint, isThisInstance]).toSorted()).toEqual([
    ['one:1', true],
    ['two:2', false],
  ]);
  expect(metadata.flatMap(({ active }) => active.map((each) => each.partition)).toSorted()).toEqual([0, 1]);
  expect(owner.store('counts', { partition }).get('g3')).toBe(100);
  expect(() => other.store('counts', { partition })).toThrow(`Expected partition ${partition} of store "counts"`);
  await until(() => other.store('counts', { partition, allowStale: true }).get('g3') === 100);
  expect(owner.staleness('counts').find((each) => each.partition === partition)?.positions).toEqual([
    expect.objectContaining({ topic: 'count-by-by-repartition', partition }),
  ]);
});
