import { describe, expect, test } from 'vitest';
import { Registry } from '../../src/registry/registry.ts';
import type { SchemaDefinition, SchemaType } from '../../src/serde/registry/schema-registry.ts';

function definition(type: SchemaType, schema: string, more: Partial<SchemaDefinition> = {}): SchemaDefinition {
  return { type, schema, references: [], ...more };
}

const file =
  'syntax = "proto3"; package shop; message Order { int64 id = 1; repeated Line lines = 2; message Line { map<string, Kind> kinds = 1; } enum Kind { NONE = 0; } oneof how { string card = 3; } optional bool paid = 4; }';

describe('a schema in another language', () => {
  test('has one id, whatever its white space and comments', async () => {
    const registry = Registry.inMemory();
    const id = await registry.register('p', definition('PROTOBUF', file));
    const spaced = file.replaceAll('; ', ';\n // a comment \n ').replaceAll('{ ', '{ /* another */\n');
    expect(await registry.register('p', definition('PROTOBUF', spaced))).toBe(id);
    const other = await registry.register('j', definition('JSON', '{"type":"object","title":"a b"}'));
    expect(await registry.register('j', definition('JSON', '{ "type": "object",\n "title": "a b" }'))).toBe(other);
    expect(other).not.toBe(id);
  });

  test('keeps bounds that a number does not hold', async () => {
    const registry = Registry.inMemory();
    const schema = '{"maximum":9223372036854775807,"properties":{"2":{},"1":{}}}';
    const id = await registry.register('j', definition('JSON', schema));
    expect(registry.schemaById(id).schema).toBe(schema);
  });

  test('of Protobuf may be a serialized descriptor, and is given as one', async () => {
    const registry = Registry.inMemory();
    const text = registry.schemaById(await registry.register('p', definition('PROTOBUF', file)));
    const { schema: base64 } = registry.formatted(text, 'serialized');
    const id = await registry.register('q', definition('PROTOBUF', base64));
    const printed = registry.schemaById(id);
    expect(printed.schema).toContain('map<string, Order.Kind> kinds = 1;');
    expect(printed.schema).toContain('optional bool paid = 4;');
    expect(registry.formatted(printed, 'serialized').schema).toBe(base64);
    expect(registry.incompatibilities('p', printed)).toEqual([]);
    expect(registry.incompatibilities('q', text)).toEqual([]);
  });

  test.each([
    definition('JSON', '{'),
    definition('JSON', '"text"'),
    definition('JSON', '{"type":"nothing"}'),
    definition('JSON', '{"$ref":"missing.json"}'),
    definition('PROTOBUF', 'message {'),
    definition('PROTOBUF', 'AAAA'),
    definition('PROTOBUF', 'syntax = "proto3"; message A { Missing a = 1; }'),
    definition('PROTOBUF', 'syntax = "proto3"; import "missing.proto"; message A {}'),
    definition('PROTOBUF', file, { references: [{ name: 'a', subject: 'missing', version: 1 }] }),
    definition('XML' as SchemaType, '<a/>'),
  ])('that is none is refused: %o', async (wanted) => {
    await expect(Registry.inMemory().register('a', wanted)).rejects.toMatchObject({ code: 42_201, status: 422 });
  });

  test('refers to others, which cannot be deleted then', async () => {
    const registry = Registry.inMemory();
    await registry.register(
      'common',
      definition('PROTOBUF', 'syntax = "proto3"; package c; message A { int32 a = 1; }'),
    );
    const references = [{ name: 'common.proto', subject: 'common', version: 1 }];
    const using = 'syntax = "proto3"; import "common.proto"; message B { c.A a = 1; }';
    await registry.register('using', definition('PROTOBUF', using, { references }));
    await expect(registry.deleteSubject('common')).rejects.toMatchObject({ code: 42_206 });
  });

  test('does not follow one of another language', async () => {
    const registry = Registry.inMemory();
    await registry.register('a', definition('JSON', '{}'));
    await expect(registry.register('a', definition('PROTOBUF', file))).rejects.toMatchObject({ code: 409 });
  });
});

test('subjects of another context are refused', async () => {
  const registry = Registry.inMemory();
  const refused = { code: 42_208, status: 422 };
  await expect(registry.register(':.other:a', definition('JSON', '{}'))).rejects.toMatchObject(refused);
  await expect(registry.setCompatibility(':.other:a', 'NONE')).rejects.toMatchObject(refused);
  await expect(registry.setMode(':.other:a', 'READONLY')).rejects.toMatchObject(refused);
  expect(() => registry.versions(':.other:a')).toThrow(expect.objectContaining(refused));
  expect(() => registry.incompatibilities(':.other:a', definition('JSON', '{}'))).toThrow(
    expect.objectContaining(refused),
  );
});
