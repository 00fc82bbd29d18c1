import { describe, expect, test } from 'vitest';
import { BrokerRegistry } from '../../src/registry/broker-registry.ts';
import type { SchemaDefinition } from '../../src/serde/registry/schema-registry.ts';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';

function schema(name: string): SchemaDefinition {
  return { type: 'AVRO', schema: JSON.stringify({ type: 'record', name, fields: [] }), references: [] };
}

describe('a registry over a broker', () => {
  test('knows after a restart what it knew before', async () => {
    await using broker = await openBroker();
    const first = await openRegistry(broker, 'http://one');
    expect(first.writerUrl).toBeNull();
    await first.registry.register('a', schema('A'));
    await first.registry.register('a', schema('A'));
    await first.close();
    const second = await openRegistry(broker, 'http://two');
    expect(second.registry.version('a', 'latest')).toMatchObject({ id: 1, version: 1 });
    expect(await second.registry.register('b', schema('B'))).toBe(2);
    await second.close();
  });

  test('is written by one of two, and by the other when that one ends', async () => {
    await using broker = await openBroker();
    const first = await openRegistry(broker, 'http://one');
    const second = await openRegistry(broker, 'http://two');
    expect(first.writerUrl).toBeNull();
    expect(second.writerUrl).toBe('http://one');
    await expect(second.registry.register('a', schema('A'))).rejects.toMatchObject({ code: 50_004 });
    const id = await first.registry.register('a', schema('A'));
    await expect.poll(() => second.registry.state.subjects({ withDeleted: false })).toEqual(['a']);
    expect(second.registry.schemaById(id)).toEqual(schema('A'));
    await first.close();
    await expect.poll(() => attempt(() => second.writerUrl)).toBeNull();
    expect(await second.registry.register('b', schema('B'))).toBe(2);
    await second.close();
  });

  test('that was replaced without noticing writes nothing', async () => {
    await using broker = await openBroker();
    const registry = await openRegistry(broker, 'http://one');
    await registry.registry.register('a', schema('A'));
    const usurper = await broker.openTransactionalProducer('millrace-schema-registry');
    await expect(registry.registry.register('b', schema('B'))).rejects.toMatchObject({ code: 50_001 });
    expect(registry.registry.state.subjects({ withDeleted: false })).toEqual(['a']);
    await usurper.close();
    expect(await registry.registry.register('b', schema('B'))).toBe(2);
    await registry.close();
  });

  test('refuses a topic of that name with more partitions', async () => {
    await using broker = await openBroker();
    await broker.admin.createTopics([{ name: '_schemas', partitions: 2 }]);
    await expect(BrokerRegistry.open({ broker })).rejects.toMatchObject({
      code: 'SCHEMA_REGISTRY_TOPIC_INVALID',
    });
  });
});

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

async function openBroker(): Promise<EmbeddedBroker & AsyncDisposable> {
  const broker = await EmbeddedBroker.inMemory();
  return Object.assign(broker, { [Symbol.asyncDispose]: () => broker.close() });
}

async function openRegistry(broker: EmbeddedBroker, url: string): Promise<BrokerRegistry> {
  const registry = await BrokerRegistry.open({ broker });
  await registry.join(url);
  return registry;
}
