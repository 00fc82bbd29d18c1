import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { createTopic, produce, readAll, recordsBy } from './application-fixtures.ts';
import { countByTopology } from './fixtures.ts';
import { type Instance, Instances, runningTasks, tasksOf, until } from './instances.ts';

const PARTITIONS = 4;
/** Those of the two sub-topologies. */
const TASKS = 2 * PARTITIONS;
const GROUPS = 7;

async function countingInstances(config: ConstructorParameters<typeof Instances>[2] = {}): Promise<{
  instances: Instances;
  broker: EmbeddedBroker;
}> {
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input', PARTITIONS);
  await createTopic(broker, 'counts', PARTITIONS);
  const given = { probingRebalanceIntervalMs: 100, ...config };
  return { broker, instances: new Instances(broker, () => countByTopology(), given) };
}

/** The counts that were written for each key, in their order. */
async function countsByKey(broker: EmbeddedBroker): Promise<Map<string, number[]>> {
  const records = await readAll(broker, 'counts');
  const byKey = Map.groupBy(records, ({ key }) => key as string);
  return new Map([...byKey].map(([key, values]) => [key, values.map(({ value }) => value as number)]));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Every record was counted once, and every count was written once. */
async function expectExact(broker: EmbeddedBroker, records: number): Promise<void> {
  const counts = await countsByKey(broker);
  for (let group = 0; group < GROUPS; group++) {
    const expected = Math.floor(records / GROUPS) + (group < records % GROUPS ? 1 : 0);
    expect(counts.get(`g${group}`)).toEqual(upTo(expected));
  }
}

function taskCount({ application }: Instance): number {
  return runningTasks(application.status()).length;
}

test('instances share the tasks, and what they write is what one would write', async () => {
  const { instances, broker } = await countingInstances();
  await using _ = instances;
  await produce(broker, 'input', recordsBy(700, GROUPS));

  const first = await instances.start();
  const second = await instances.start();
  await produce(broker, 'input', recordsBy(700, GROUPS));
  await until(() => taskCount(first) === TASKS / 2 && taskCount(second) === TASKS / 2);
  await instances.settled(TASKS);

  await expectExact(broker, 1400);
});

test('threads of one instance share its tasks', async () => {
  const { instances, broker } = await countingInstances({ threads: 3 });
  await using _ = instances;
  await produce(broker, 'input', recordsBy(700, GROUPS));

  const { application } = await instances.start();
  await instances.settled(TASKS);

  const perThread = application.status().threads.map(({ active }) => active.length);
  expect(perThread.toSorted()).toEqual([2, 3, 3]);
  await expectExact(broker, 700);
  expect(application.metrics().recordsProcessed).toBe(1400);
});

test('an instance that is closed hands its tasks over', async () => {
  const { instances, broker } = await countingInstances();
  await using _ = instances;
  const first = await instances.start();
  const second = await instances.start();
  await produce(broker, 'input', recordsBy(700, GROUPS));
  await instances.settled(TASKS);

  await instances.close(first);
  await produce(broker, 'input', recordsBy(700, GROUPS));
  await instances.settled(TASKS);

  expect(taskCount(second)).toBe(TASKS);
  await expectExact(broker, 1400);
});

describe.each(['exactly_once', 'at_least_once'] as const)('with %s', (processingGuarantee) => {
  test('the tasks of an instance that crashes go on elsewhere', async () => {
    const { instances, broker } = await countingInstances({ processingGuarantee });
    await using _ = instances;
    const first = await instances.start();
    await instances.start();
    await produce(broker, 'input', recordsBy(7000, GROUPS));
    await until(() => first.application.metrics().recordsProcessed > 500);

    await instances.crash(first);
    await produce(broker, 'input', recordsBy(700, GROUPS));
    await instances.settled(TASKS);

    if (processingGuarantee === 'exactly_once') return await expectExact(broker, 7700);
    for (const values of (await countsByKey(broker)).values()) expect(values.at(-1)).toBeGreaterThanOrEqual(1100);
  });

  test('an instance that is back after its session gives up what it had, and takes part again', async () => {
    const { instances, broker } = await countingInstances({ processingGuarantee });
    await using _ = instances;
    const first = await instances.start();
    const second = await instances.start();
    await produce(broker, 'input', recordsBy(7000, GROUPS));
    await until(() => first.application.metrics().recordsProcessed > 500);

    await first.broker.freeze();
    await until(() => taskCount(second) === TASKS);
    first.broker.thaw();
    await produce(broker, 'input', recordsBy(700, GROUPS));
    await until(() => taskCount(first) + taskCount(second) === TASKS && taskCount(first) > 0);
    await instances.settled(TASKS);

    if (processingGuarantee === 'exactly_once') return await expectExact(broker, 7700);
    for (const values of (await countsByKey(broker)).values()) expect(values.at(-1)).toBeGreaterThanOrEqual(1100);
  });
});

test('an instance that is closed when others have its tasks already ends without an error', async () => {
  const { instances, broker } = await countingInstances();
  await using _ = instances;
  const first = await instances.start();
  const second = await instances.start();
  await until(() => taskCount(first) === TASKS / 2 && taskCount(second) === TASKS / 2);
  first.broker.freezeAt('commit');
  await produce(broker, 'input', recordsBy(700, GROUPS));
  await until(() => taskCount(second) === TASKS);

  const closed = instances.close(first);
  first.broker.thawCalls();
  await closed;
  await instances.settled(TASKS);

  expect(first.application.state).toBe('NOT_RUNNING');
  await expectExact(broker, 700);
});

test('an instance that is back to find its inputs purged gives up what it had, and takes part again', async () => {
  const { instances, broker } = await countingInstances({ repartitionPurgeIntervalMs: 0 });
  await using _ = instances;
  const first = await instances.start();
  const second = await instances.start();
  await until(() => taskCount(first) === TASKS / 2 && taskCount(second) === TASKS / 2);
  await produce(broker, 'input', recordsBy(700, GROUPS));
  await instances.settled(TASKS);

  await first.broker.freeze();
  await until(() => taskCount(second) === TASKS);
  await produce(broker, 'input', recordsBy(700, GROUPS));
  await until(async () => (await second.application.lag()) === 0);
  await produce(broker, 'input', recordsBy(700, GROUPS));
  await until(async () => (await second.application.lag()) === 0);
  first.broker.thawCalls();
  await until(() => taskCount(first) === 0, [first]);
  first.broker.thaw();
  await until(() => taskCount(first) === TASKS / 2, [first]);
  await instances.settled(TASKS);

  await expectExact(broker, 2100);
});

test('a commit that was on its way when the session ended is refused, and nothing is counted twice', async () => {
  const { instances, broker } = await countingInstances();
  await using _ = instances;
  const first = await instances.start();
  const second = await instances.start();
  await until(() => taskCount(first) === TASKS / 2 && taskCount(second) === TASKS / 2);
  first.broker.freezeAt('sendOffsets');

  await produce(broker, 'input', recordsBy(700, GROUPS));
  await until(() => taskCount(second) === TASKS);
  await until(async () => (await second.application.lag()) === 0);
  first.broker.thaw();
  await until(() => taskCount(first) === TASKS / 2);
  await instances.settled(TASKS);

  await expectExact(broker, 700);
});

test('at least once, what was made before the session ended is not written on top of what others made since', async () => {
  const { instances, broker } = await countingInstances({ processingGuarantee: 'at_least_once' });
  await using _ = instances;
  const first = await instances.start();
  const second = await instances.start();
  await until(() => taskCount(first) === TASKS / 2 && taskCount(second) === TASKS / 2);
  first.broker.freezeAt('confirm');

  await produce(broker, 'input', recordsBy(700, GROUPS));
  await until(() => taskCount(second) === TASKS);
  await until(async () => (await second.application.lag()) === 0);
  first.broker.thaw();
  await until(() => taskCount(first) === TASKS / 2);
  await instances.settled(TASKS);

  await expectExact(broker, 700);
});

test('a standby follows the changelog, and takes over without restoring', async () => {
  const { instances, broker } = await countingInstances({ numStandbyReplicas: 1 });
  await using _ = instances;
  const first = await instances.start();
  const second = await instances.start();
  await produce(broker, 'input', recordsBy(7000, GROUPS));
  await instances.settled(TASKS);
  const standbys = (): number => tasksOf(second.application.status(), 'standby').length;
  await until(() => standbys() === PARTITIONS / 2);
  const caughtUp = (): boolean =>
    tasksOf(second.application.status(), 'standby').every(({ stores }) =>
      stores.every(({ offset, endOffset }) => offset >= endOffset && endOffset > 0),
    );
  await until(caughtUp);

  await instances.crash(first);
  await produce(broker, 'input', recordsBy(700, GROUPS));
  await instances.settled(TASKS);

  expect(second.application.metrics().recordsRestored).toBe(0);
  await expectExact(broker, 7700);
});
