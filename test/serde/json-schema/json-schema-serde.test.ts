import { describe, expect, expectTypeOf, test } from 'vitest';
import { LocalSchemaRegistry } from '../../../src/registry/local-schema-registry.ts';
import { jsonSchema } from '../../../src/serde/json-schema/json-schema-serde.ts';
import type { SchemaRegistry } from '../../../src/serde/registry/schema-registry.ts';
import type { Serde } from '../../../src/serde/serde.ts';

const orderSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Order',
  type: 'object',
  properties: {
    id: { type: 'integer' },
    status: { enum: ['new', 'paid'] },
    note: { type: ['string', 'null'] },
    lines: { type: 'array', items: { $ref: '#/definitions/Line' } },
  },
  required: ['id', 'status'],
  additionalProperties: false,
  definitions: { Line: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] } },
} as const;
const order = { id: 7, status: 'paid', note: null, lines: [{ sku: 'ü' }] } as const;

async function opened<T>(serde: Serde<T>, registry: SchemaRegistry = new LocalSchemaRegistry()): Promise<Serde<T>> {
  await serde.open?.({ topic: 'orders', part: 'value', writes: true, registry });
  return serde;
}

describe('a JSON Schema serde', () => {
  test('knows the types of a literal schema', () => {
    expectTypeOf(jsonSchema(orderSchema).deserialize).returns.toEqualTypeOf<{
      readonly id: number;
      readonly status: 'new' | 'paid';
      readonly note?: string | null;
      readonly lines?: readonly { readonly sku: string }[];
    }>();
    const either = jsonSchema({ oneOf: [{ type: 'string' }, { const: 3 }] });
    expectTypeOf(either.deserialize).returns.toEqualTypeOf<string | 3>();
  });

  test('writes the wire format: a zero byte, the id, the JSON', async () => {
    const serde = await opened(jsonSchema(orderSchema));
    const bytes = serde.serialize(order);
    expect(bytes.subarray(0, 5).toString('hex')).toBe('0000000001');
    expect(bytes.subarray(5).toString()).toBe(JSON.stringify(order));
    expect(serde.deserialize(bytes)).toEqual(order);
  });

  test.each([
    'http://json-schema.org/draft-04/schema#',
    'http://json-schema.org/draft-06/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema',
  ])('checks by %s', async ($schema) => {
    const serde = await opened<unknown>(jsonSchema(JSON.stringify({ $schema, type: 'object', required: ['a'] })));
    expect(serde.deserialize(serde.serialize({ a: 1 }))).toEqual({ a: 1 });
    expect(() => serde.serialize({})).toThrow(expect.objectContaining({ code: 'SERIALIZATION_FAILED' }));
  });

  test('reads what another version wrote, with the defaults of what is absent', async () => {
    const registry = new LocalSchemaRegistry();
    const closed = { type: 'object', additionalProperties: false } as const;
    const old = await opened<object>(jsonSchema({ ...closed, properties: { id: { type: 'integer' } } }), registry);
    const added = { id: { type: 'integer' }, state: { type: 'string', default: 'new' } };
    const young = await opened<object>(jsonSchema({ ...closed, properties: added }), registry);
    expect(young.deserialize(old.serialize({ id: 1 }))).toEqual({ id: 1, state: 'new' });
    expect(JSON.parse(young.serialize({ id: 1 }).subarray(5).toString())).toEqual({ id: 1 });
    const later = young.serialize({ id: 2, state: 'x' });
    await old.prepare?.(later);
    expect(() => old.deserialize(later)).toThrow(expect.objectContaining({ code: 'DESERIALIZATION_FAILED' }));
  });

  test('has integers that a number does not hold exactly', async () => {
    const text = JSON.stringify({ properties: { id: { type: 'integer' }, state: { default: 'new' } } });
    const serde = await opened<unknown>(jsonSchema(text, { bigint: 'bigint' }));
    const value = { id: 9_007_199_254_740_993n, list: [1, -9_223_372_036_854_775_808n] };
    expect(serde.deserialize(serde.serialize(value))).toEqual({ ...value, state: 'new' });
    const strict = await opened<unknown>(jsonSchema(text));
    expect(() => strict.serialize(value)).toThrow(expect.objectContaining({ code: 'SERIALIZATION_FAILED' }));
    expect(() => strict.deserialize(serde.serialize(value))).toThrow(
      expect.objectContaining({ code: 'INTEGER_UNSAFE' }),
    );
  });

  test.each([
    ['by the name of the reference', 'address.json', undefined, {}],
    ['beside the id of the schema', 'address.json', 'https://example.com/customer.json', {}],
    ['by the id of the schema referred to', 'https://example.com/a', undefined, { $id: 'https://example.com/a' }],
    ['with a pointer into it', 'address.json#/definitions/City', undefined, {}],
  ])('refers to registered schemas %s', async (_how, $ref, $id, own) => {
    const registry = new LocalSchemaRegistry();
    const definitions = { City: { type: 'object' } };
    const address = { ...own, type: 'object', required: ['city'], definitions };
    await registry.register('address', { type: 'JSON', schema: JSON.stringify(address), references: [] });
    const schema = { ...($id === undefined ? {} : { $id }), type: 'object', properties: { home: { $ref } } };
    const references = [{ name: 'address.json', subject: 'address', version: 1 }];
    const serde = await opened<unknown>(jsonSchema(JSON.stringify(schema), { references }), registry);
    expect(serde.deserialize(serde.serialize({ home: { city: 'Ulm' } }))).toEqual({ home: { city: 'Ulm' } });
    expect(() => serde.serialize({ home: 'Ulm' })).toThrow(expect.objectContaining({ code: 'SERIALIZATION_FAILED' }));
    expect(registry.latest('orders-value')?.references).toEqual(references);
    const next = { ...schema, properties: { home: { type: 'string' } } };
    expect(
      registry.incompatibilities('orders-value', { type: 'JSON', schema: JSON.stringify(next), references }),
    ).toHaveLength(1);
  });

  test('names subjects by its title, and needs one for that', async () => {
    const registry = new LocalSchemaRegistry();
    await opened(jsonSchema(orderSchema, { subject: 'record' }), registry);
    expect(registry.latest('Order')).not.toBeNull();
    await expect(opened(jsonSchema({ type: 'object' }, { subject: 'record' }), registry)).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
    });
  });
});

describe('bad JSON Schema input', () => {
  test.each([
    ['no header', Buffer.from([0, 0])],
    ['another first byte', Buffer.from('\u0001\0\0\0\u0001{}')],
    ['an id that nobody knows', Buffer.from('\0\0\0\0\u0009{}')],
    ['JSON that ends early', Buffer.from('\0\0\0\0\u0001{"id":7,')],
    ['what does not fit', Buffer.from('\0\0\0\0\u0001{"id":"secret","status":"new"}')],
    ['what is not UTF-8', Buffer.from('000000000122ff22', 'hex')],
  ])('%s is DESERIALIZATION_FAILED without the value', async (_what, bytes) => {
    const serde = await opened<unknown>(jsonSchema(JSON.stringify(orderSchema)));
    await serde.prepare?.(bytes);
    expect(() => serde.deserialize(bytes)).toThrow(expect.objectContaining({ code: 'DESERIALIZATION_FAILED' }));
    expect(() => serde.deserialize(bytes)).not.toThrow(/secret/);
  });

  test('what does not fit is SERIALIZATION_FAILED with its place, without the value', async () => {
    const serde: Serde<any> = await opened(jsonSchema(orderSchema));
    expect(() => serde.serialize({ ...order, lines: [{ sku: 1 }] })).toThrow(/at \/lines\/0\/sku/);
    expect(() => serde.serialize({ ...order, status: 'secret' })).not.toThrow(/secret/);
  });

  test.each(['', '{', 'null', '[]', '{"type":"nothing"}', '{"$ref":"missing.json"}', '{"properties":3}'])(
    'the schema %s is SCHEMA_INVALID',
    (schema) => {
      expect(() => jsonSchema(schema)).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
    },
  );
});
