import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { avro, type Serde, string, topology, tumbling } from '../../src/index.ts';
import { BrokerRegistry } from '../../src/registry/broker-registry.ts';
import { HttpSchemaRegistry } from '../../src/registry/http-schema-registry.ts';
import { LocalSchemaRegistry } from '../../src/registry/local-schema-registry.ts';
import type { SchemaRegistry } from '../../src/serde/registry/schema-registry.ts';
import { startHttpServer } from '../../src/server/http-server.ts';
import { registryRoutes } from '../../src/server/registry/registry-routes.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import { readTopic } from '../support/topics.ts';
import { applicationOf, createTopic, drained, runUntilDrained, temporaryDirectory } from './application-fixtures.ts';
import { until } from './instances.ts';

interface Order {
  readonly customer: string;
  readonly amount: number;
  readonly note?: string;
}

const customer = { name: 'customer', type: 'string' };
const amount = { name: 'amount', type: 'long' } as const;

function orders(...added: readonly object[]): Serde<Order> {
  return avro<Order>(JSON.stringify({ type: 'record', name: 'Order', fields: [customer, amount, ...added] }));
}

const totalSchema = { type: 'record', name: 'Total', fields: [amount] } as const;

/** Every kind of place that a value can be in: a topic, a repartition topic, a store of a table, of windows, of a join. */
function program(order: Serde<Order> = orders()) {
  const total = avro(totalSchema);
  return topology('avro-orders', (builder) => {
    const stream = builder.stream('orders', { keySerde: string(), valueSerde: order });
    const byCustomer = stream.groupBy((value) => value.customer, {
      name: 'by-customer',
      keySerde: string(),
      valueSerde: order,
    });
    byCustomer
      .aggregate({
        name: 'totals',
        valueSerde: total,
        initializer: () => ({ amount: 0 }),
        aggregator: (sum, value) => ({ amount: sum.amount + value.amount }),
      })
      .toStream()
      .to('totals', { keySerde: string(), valueSerde: total });
    byCustomer
      .windowedBy(tumbling({ sizeMs: 10, graceMs: 0 }))
      .reduce((_before, value) => value, { name: 'last-of-window' })
      .toStream({ key: (_value, windowed) => `${windowed.key}@${windowed.start}`, keySerde: string() })
      .to(({ value }) => `last-${(value as Order).customer}`, { keySerde: string(), valueSerde: order });
  });
}

/** Where a registry should be: answers every request with an error that may go away. */
interface AwayRegistry {
  /** How often it was asked. */
  readonly asked: number;
  readonly port: number;
  close(): Promise<void>;
}

async function serveNothing(port: number): Promise<AwayRegistry> {
  let asked = 0;
  const server = createServer((_request, answer) => {
    asked++;
    answer.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    get asked() {
      return asked;
    },
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function produce(
  broker: EmbeddedBroker,
  registry: SchemaRegistry,
  { serde, values }: { serde: Serde<Order>; values: readonly Order[] },
): Promise<void> {
  await serde.open?.({ topic: 'orders', part: 'value', writes: true, registry });
  const records = values.map((value, index) => ({
    key: Buffer.from(`k${index}`),
    value: serde.serialize(value),
    timestamp: index,
    headers: NO_HEADERS,
  }));
  const producer = await broker.openProducer();
  await producer.send([{ topic: 'orders', partition: 0, records }]);
  await producer.close();
}

async function totalsIn(broker: EmbeddedBroker, registry: SchemaRegistry): Promise<unknown[]> {
  const serde = avro(totalSchema);
  await serde.open?.({ topic: 'totals', part: 'value', writes: false, registry });
  return (await readTopic(broker, 'totals')).map(({ key, value }) => [
    key?.toString(),
    serde.deserialize(value as Buffer).amount,
  ]);
}

describe('a topology with schemas', () => {
  test('runs in the test driver, with a registry of its own', async () => {
    const driver = new TopologyTestDriver(program());
    const input = driver.createInputTopic('orders', { keySerde: string(), valueSerde: orders() });
    const output = driver.createOutputTopic('totals', { keySerde: string(), valueSerde: avro(totalSchema) });
    const last = driver.createOutputTopic('last-a', { keySerde: string(), valueSerde: orders() });
    await input.pipeInput('1', { customer: 'a', amount: 5 });
    await input.pipeInput('2', { customer: 'a', amount: 2 ** 52 });
    expect(output.readRecords().map(({ key, value }) => [key, value])).toEqual([
      ['a', { amount: 5 }],
      ['a', { amount: 2 ** 52 + 5 }],
    ]);
    expect(last.readRecords().map(({ key, value }) => [key, value?.amount])).toEqual([
      ['a@0', 5],
      ['a@0', 2 ** 52],
    ]);
    await driver.close();
  });

  test('registers the schemas of its topics, stores and repartition topics', async () => {
    await using directory = await temporaryDirectory();
    const registry = new LocalSchemaRegistry();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'orders');
    await produce(broker, registry, { serde: orders(), values: [{ customer: 'a', amount: 1 }] });
    const config = { stateDirectory: directory.path };
    await runUntilDrained(applicationOf({ topology: program(), broker, schemaRegistry: registry, config }));
    for (const subject of [
      'orders-value',
      'totals-value',
      'last-a-value',
      'avro-orders-by-customer-repartition-value',
      'avro-orders-totals-changelog-value',
      'avro-orders-last-of-window-changelog-value',
    ]) {
      expect(registry.latest(subject), subject).not.toBeNull();
    }
    await broker.close();
  });

  test('started again with another version of a schema goes on with the state of the old one', async () => {
    await using directory = await temporaryDirectory();
    const registry = new LocalSchemaRegistry();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'orders');
    const config = { stateDirectory: directory.path };
    await produce(broker, registry, { serde: orders(), values: [{ customer: 'a', amount: 1 }] });
    await runUntilDrained(applicationOf({ topology: program(), broker, schemaRegistry: registry, config }));
    const note = { name: 'note', type: 'string', default: '' };
    await produce(broker, registry, { serde: orders(note), values: [{ customer: 'a', amount: 2, note: 'n' }] });
    const second = { topology: program(orders(note)), broker, schemaRegistry: registry };
    await runUntilDrained(applicationOf({ ...second, config }));
    expect(await totalsIn(broker, registry)).toEqual([
      ['a', 1],
      ['a', 3],
    ]);
    // The same from the changelogs alone.
    await using elsewhere = await temporaryDirectory();
    await produce(broker, registry, { serde: orders(note), values: [{ customer: 'a', amount: 4, note: '' }] });
    await runUntilDrained(applicationOf({ ...second, config: { stateDirectory: elsewhere.path } }));
    expect(await totalsIn(broker, registry)).toContainEqual(['a', 7]);
    await broker.close();
  });

  test('reads what a newer version wrote while it runs', async () => {
    await using directory = await temporaryDirectory();
    const registry = new LocalSchemaRegistry();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'orders');
    const config = { stateDirectory: directory.path };
    const application = applicationOf({ topology: program(), broker, schemaRegistry: registry, config });
    await application.start();
    await produce(broker, registry, { serde: orders(), values: [{ customer: 'a', amount: 1 }] });
    await drained(application);
    const note = { name: 'note', type: 'string', default: '' };
    await produce(broker, registry, { serde: orders(note), values: [{ customer: 'a', amount: 2, note: 'n' }] });
    await drained(application);
    await application.close();
    expect(await totalsIn(broker, registry)).toEqual([
      ['a', 1],
      ['a', 3],
    ]);
    await broker.close();
  });

  test('sends what it cannot read to the dead letters, byte for byte and with its offset, and goes on', async () => {
    await using directory = await temporaryDirectory();
    const registry = new LocalSchemaRegistry();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'orders');
    const serde = orders();
    await produce(broker, registry, { serde, values: [{ customer: 'a', amount: 1 }] });
    const good = serde.serialize({ customer: 'a', amount: 2 });
    const bad = [
      Buffer.from('0000000077aa', 'hex'),
      Buffer.concat([Buffer.from([1]), good.subarray(1)]),
      good.subarray(0, 3),
      good.subarray(0, good.length - 1),
      Buffer.concat([good, Buffer.from([0])]),
    ];
    const records = [...bad, good].map((value) => ({
      key: Buffer.from('k'),
      value,
      timestamp: 0,
      headers: NO_HEADERS,
    }));
    const producer = await broker.openProducer();
    await producer.send([{ topic: 'orders', partition: 0, records }]);
    await producer.close();
    const config = { stateDirectory: directory.path, deserializationErrors: 'deadLetter' } as const;
    await runUntilDrained(applicationOf({ topology: program(), broker, schemaRegistry: registry, config }));

    const letters = await readTopic(broker, 'avro-orders-dead-letters');
    expect(letters.map(({ value }) => value)).toEqual(bad);
    expect(
      letters.map(({ headers }) => String(headers.find(([name]) => name === '__streams.errors.offset')?.[1])),
    ).toEqual(['1', '2', '3', '4', '5']);
    expect((await totalsIn(broker, registry)).at(-1)).toEqual(['a', 3]);
    await broker.close();
  });

  test('takes no record for broken while its registry is away, and goes on with it when that is back', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    const log = await BrokerRegistry.open({ broker });
    const routes = [registryRoutes(log)];
    const first = await startHttpServer({ port: 0 }, routes);
    await log.join(first.url);
    const registry = new HttpSchemaRegistry({
      urls: [first.url],
      timeoutMs: 5000,
      retries: 0,
      pause: () => Promise.resolve(),
    });
    await createTopic(broker, 'orders');
    const config = { stateDirectory: directory.path, deserializationErrors: 'deadLetter' } as const;
    const application = applicationOf({ topology: program(), broker, schemaRegistry: registry, config });
    await application.start();
    const unknown = orders({ name: 'note', type: 'string', default: '' });
    const local = new LocalSchemaRegistry(log.registry);
    await first.close();
    const away = await serveNothing(Number(new URL(first.url).port));
    await produce(broker, local, { serde: unknown, values: [{ customer: 'a', amount: 2, note: 'n' }] });
    await until(() => away.asked > 1);
    expect(await totalsIn(broker, local)).toEqual([]);
    await away.close();
    const second = await startHttpServer({ port: Number(new URL(first.url).port) }, routes);
    await drained(application);
    await application.close();

    expect(await totalsIn(broker, local)).toEqual([['a', 2]]);
    expect(await readTopic(broker, 'avro-orders-dead-letters')).toEqual([]);
    await second.close();
    await log.close();
    await broker.close();
  });

  test('waits for its registry when that is away at the start', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    const log = await BrokerRegistry.open({ broker });
    const away = await serveNothing(0);
    const registry = new HttpSchemaRegistry({
      urls: [`http://127.0.0.1:${away.port}`],
      timeoutMs: 5000,
      retries: 0,
      pause: () => Promise.resolve(),
    });
    await createTopic(broker, 'orders');
    const config = { stateDirectory: directory.path };
    const application = applicationOf({ topology: program(), broker, schemaRegistry: registry, config });

    const started = application.start();
    await until(() => away.asked > 1);
    await away.close();
    const served = await startHttpServer({ port: away.port }, [registryRoutes(log)]);
    await log.join(served.url);
    await started;

    expect(application.state).toBe('RUNNING');
    await application.close();
    await served.close();
    await log.close();
    await broker.close();
  });

  test('stops at a schema id that nobody knows, and says where', async () => {
    await using directory = await temporaryDirectory();
    const registry = new LocalSchemaRegistry();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'orders');
    const config = { stateDirectory: directory.path };
    const application = applicationOf({ topology: program(), broker, schemaRegistry: registry, config });
    await application.start();
    const producer = await broker.openProducer();
    const record = {
      key: Buffer.from('k'),
      value: Buffer.from('0000000077aa', 'hex'),
      timestamp: 0,
      headers: NO_HEADERS,
    };
    await producer.send([{ topic: 'orders', partition: 0, records: [record] }]);
    await expect(application.finished).rejects.toMatchObject({
      code: 'DESERIALIZATION_FAILED',
      message: expect.stringContaining('119'),
      context: { topic: 'orders', partition: 0, offset: 0 },
    });
    await producer.close();
    await broker.close();
  });

  test('does not start without a registry', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'orders');
    const application = applicationOf({ topology: program(), broker, config: { stateDirectory: directory.path } });
    await expect(application.start()).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_MISSING' });
    await broker.close();
  });
});
