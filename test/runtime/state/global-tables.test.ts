import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { StreamsBuilder, type Topology } from '../../../src/index.ts';
import type { RestoreProgress } from '../../../src/runtime/application-listener.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  runUntilDrained,
  temporaryDirectory,
} from '../application-fixtures.ts';

/** Looks customers up by a field of orders, which are partitioned otherwise. */
function enriched(storage: 'persistent' | 'memory' = 'persistent'): Topology {
  const builder = new StreamsBuilder();
  const customers = builder.globalTable<number, string>('customers', { store: 'customers', storage });
  builder
    .stream<number, { customer: number }>('orders')
    .join(customers, { key: ({ customer }) => customer, join: ({ customer }, name) => `${customer}:${name}` })
    .to('out');
  return builder.build('enriched');
}

const customers = Array.from({ length: 500 }, (_, key) => ({ key, value: `name ${key}` }));
const orders = customers.map(({ key }) => ({ key: key * 7, value: { customer: key } }));

test.each(['persistent', 'memory'] as const)(
  'the rows of all partitions are there before the first record (%s)',
  async (storage) => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'customers', 3);
    await createTopic(broker, 'orders', 2);
    await produce(broker, 'customers', customers);
    await produce(broker, 'orders', orders);

    await runUntilDrained(
      applicationOf({ topology: enriched(storage), broker, config: { stateDirectory: directory.path } }),
    );

    const values = (await readAll(broker, 'out')).map(({ value }) => value as string);
    expect(values.toSorted()).toEqual(customers.map(({ key, value }) => `${key}:${value}`).toSorted());
    await broker.close();
  },
);

test('a restart reads only what is new, updates are followed, and the rows can be queried', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'customers', 3);
  await createTopic(broker, 'orders');
  await produce(broker, 'customers', customers);
  const config = { stateDirectory: directory.path };
  await runUntilDrained(applicationOf({ topology: enriched(), broker, config }));
  await produce(broker, 'customers', [{ key: 1, value: 'renamed' }]);
  const restores: RestoreProgress[] = [];
  const application = applicationOf({
    topology: enriched(),
    broker,
    config,
    stateListener: { onRestoreStart: (progress) => restores.push(progress) },
  });
  await application.start();
  const rows = application.store<number, string>('customers');

  expect(application.metrics()).toMatchObject({ recordsRestored: 1 });
  expect(restores).toMatchObject([{ store: 'customers', task: 'global' }]);
  expect(rows.get(1)).toBe('renamed');
  await produce(broker, 'customers', [
    { key: 2, value: null },
    { key: 900, value: 'new' },
  ]);
  while (rows.get(900) === null || rows.get(2) !== null) await turn();
  await produce(
    broker,
    'orders',
    [2, 900, 1].map((customer) => ({ key: 0, value: { customer } })),
  );
  await drained(application);
  await application.close();
  expect((await readAll(broker, 'out')).map(({ value }) => value)).toEqual(['900:new', '1:renamed']);
  await broker.close();
});

test('a global table without its topic keeps the application from starting', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'orders');
  const application = applicationOf({ topology: enriched(), broker, config: { stateDirectory: directory.path } });

  await expect(application.start()).rejects.toMatchObject({ code: 'RUNTIME_SOURCE_TOPIC_MISSING' });
  await broker.close();
});

test('what follows a global topic stops the application when it fails', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'customers');
  await createTopic(broker, 'orders');
  const application = applicationOf({ topology: enriched(), broker, config: { stateDirectory: directory.path } });
  await application.start();
  await broker.admin.deleteTopics(['customers']);

  await expect(application.finished).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  await broker.close();
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
