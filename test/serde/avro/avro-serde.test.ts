import { describe, expect, expectTypeOf, test } from 'vitest';
import { LocalSchemaRegistry } from '../../../src/registry/local-schema-registry.ts';
import { avro } from '../../../src/serde/avro/avro-serde.ts';
import { json } from '../../../src/serde/json-serde.ts';
import type { SchemaRegistry } from '../../../src/serde/registry/schema-registry.ts';
import type { Serde } from '../../../src/serde/serde.ts';

const orderV1 = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['new', 'paid'] } },
    { name: 'total', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 8, scale: 2 }], default: null },
    { name: 'lines', type: { type: 'array', items: 'string' } },
  ],
} as const;
const order = { id: 7, status: 'paid', total: '-12.50', lines: ['a', 'ü'] } as const;

async function opened<T>(serde: Serde<T>, registry: SchemaRegistry, topic = 'orders'): Promise<Serde<T>> {
  await serde.open?.({ topic, part: 'value', writes: true, registry });
  return serde;
}

function withFields(...fields: object[]): string {
  return JSON.stringify({ ...orderV1, fields });
}

describe('an Avro serde', () => {
  test('knows the types of a literal schema', () => {
    expectTypeOf(avro(orderV1).deserialize).returns.toEqualTypeOf<{
      readonly id: number;
      readonly status: 'new' | 'paid';
      readonly total: string | null;
      readonly lines: readonly string[];
    }>();
    const list = avro({ type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] });
    expectTypeOf<ReturnType<typeof list.deserialize>['next']>().not.toBeAny();
  });

  test('writes the wire format: a zero byte, the id, the value', async () => {
    const registry = new LocalSchemaRegistry();
    const serde = await opened(avro(orderV1), registry);
    const bytes = serde.serialize(order);
    expect(bytes.subarray(0, 5).toString('hex')).toBe('0000000001');
    expect(serde.deserialize(bytes)).toEqual(order);
    expect(registry.latest('orders-value')).toMatchObject({ id: 1, version: 1, type: 'AVRO' });
  });

  test('gives plain objects, which JSON writes as they are', async () => {
    const serde = await opened(avro(orderV1), new LocalSchemaRegistry());
    const value = serde.deserialize(serde.serialize(order));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(JSON.parse(json().serialize(value).toString())).toEqual(order);
  });

  test('reads what another version wrote, and the other way round', async () => {
    const registry = new LocalSchemaRegistry();
    const old = await opened(
      avro<object>(withFields({ name: 'id', type: 'long' }, { name: 'gone', type: 'int', default: 1 })),
      registry,
    );
    const young = await opened(
      avro<object>(withFields({ name: 'id', type: 'long' }, { name: 'added', type: 'string', default: '?' })),
      registry,
    );
    const later = young.serialize({ id: 2, added: 'x' });
    expect(young.deserialize(old.serialize({ id: 1, gone: 5 }))).toEqual({ id: 1, added: '?' });
    const preparing = old.prepare?.(later);
    expect(preparing).toBeInstanceOf(Promise);
    await preparing;
    expect(old.prepare?.(later)).toBeUndefined();
    expect(old.deserialize(later)).toEqual({ id: 2, gone: 1 });
  });

  test('has one id under all its topics, and subjects by its strategy', async () => {
    const registry = new LocalSchemaRegistry();
    const serde = avro(orderV1, { subject: 'topic-record' });
    await opened(serde, registry, 'a');
    await opened(serde, registry, 'b');
    expect(registry.latest('a-shop.Order')?.id).toBe(registry.latest('b-shop.Order')?.id);
  });

  test('refuses to register what would break readers', async () => {
    const registry = new LocalSchemaRegistry();
    await opened(avro<object>(withFields({ name: 'id', type: 'long' })), registry);
    const breaking = avro<object>(withFields({ name: 'id', type: 'string' }));
    await expect(opened(breaking, registry)).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      context: { subject: 'orders-value' },
    });
  });

  test('writes only what is registered when told so', async () => {
    const registry = new LocalSchemaRegistry();
    await expect(opened(avro(orderV1, { writeWith: 'lookup' }), registry)).rejects.toMatchObject({
      code: 'SCHEMA_NOT_FOUND',
    });
    await opened(avro(orderV1), registry);
    const serde = await opened(avro(orderV1, { writeWith: 'latest' }), registry);
    expect(serde.deserialize(serde.serialize(order))).toEqual(order);
  });

  test('uses types of registered schemas', async () => {
    const registry = new LocalSchemaRegistry();
    const address = JSON.stringify({
      type: 'record',
      name: 'shop.Address',
      fields: [{ name: 'city', type: 'string' }],
    });
    await registry.register('address', { type: 'AVRO', schema: address, references: [] });
    const serde = avro<object>(
      JSON.stringify({ type: 'record', name: 'shop.Customer', fields: [{ name: 'home', type: 'shop.Address' }] }),
      { references: [{ name: 'shop.Address', subject: 'address', version: 1 }] },
    );
    await opened(serde, registry);
    expect(serde.deserialize(serde.serialize({ home: { city: 'Ulm' } }))).toEqual({ home: { city: 'Ulm' } });
  });

  test('cannot work without a registry', async () => {
    const serde = avro(orderV1);
    await expect(serde.open?.({ topic: 't', part: 'value', writes: true, registry: null })).rejects.toMatchObject({
      code: 'SCHEMA_REGISTRY_MISSING',
    });
    expect(() => serde.serialize(order)).toThrow(expect.objectContaining({ code: 'SCHEMA_REGISTRY_MISSING' }));
  });
});

describe('bad input', () => {
  test.each([
    ['no header', Buffer.from([0, 0])],
    ['another first byte', Buffer.from([1, 0, 0, 0, 1, 2])],
    ['an id that nobody knows', Buffer.from([0, 0, 0, 1, 0, 2])],
    ['an array of 2^50 items', Buffer.from('0000000001' + '02' + '00' + '00' + 'feffffffffffff01', 'hex')],
    ['a branch that the union does not have', Buffer.from('0000000001' + '02' + '00' + '08', 'hex')],
    ['text that is not UTF-8', Buffer.from('0000000001' + '02' + '00' + '00' + '02' + '02ff' + '00', 'hex')],
  ])('%s is DESERIALIZATION_FAILED', async (_what, bytes) => {
    const serde = await opened(avro(orderV1), new LocalSchemaRegistry());
    await serde.prepare?.(bytes);
    expect(() => serde.deserialize(bytes)).toThrow(expect.objectContaining({ code: 'DESERIALIZATION_FAILED' }));
  });

  test('every truncation, and bytes too many, are DESERIALIZATION_FAILED', async () => {
    const serde = await opened(avro(orderV1), new LocalSchemaRegistry());
    const bytes = serde.serialize(order);
    const failed = expect.objectContaining({ code: 'DESERIALIZATION_FAILED' });
    for (let length = 0; length < bytes.length; length++)
      expect(() => serde.deserialize(bytes.subarray(0, length))).toThrow(failed);
    expect(() => serde.deserialize(Buffer.concat([bytes, Buffer.from([0])]))).toThrow(failed);
  });

  test.each([
    ['a field that the schema does not have', { ...order, extra: 1 }],
    ['a missing field', { id: 7 }],
    ['another type', { ...order, id: 'x' }],
    ['a symbol that the enum does not have', { ...order, status: 'lost' }],
    ['half of a surrogate pair', { ...order, lines: ['\ud800'] }],
    ['no object', 'text'],
  ])('%s is SERIALIZATION_FAILED without the value in the message', async (_what, value) => {
    const serde: Serde<any> = await opened(avro(orderV1), new LocalSchemaRegistry());
    expect(() => serde.serialize(value)).toThrow(expect.objectContaining({ code: 'SERIALIZATION_FAILED' }));
    expect(() => serde.serialize({ ...order, id: 'secret' })).not.toThrow(/secret/);
  });

  test.each([
    '',
    '{',
    'null',
    '"nothing"',
    '{"type":"record","name":"A","fields":[{"name":"__proto__","type":"int"}]}',
  ])('the schema %s is SCHEMA_INVALID', (schema) => {
    expect(() => avro(schema)).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
  });
});
