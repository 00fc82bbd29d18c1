import { describe, expect, test } from 'vitest';
import { Registry } from '../../src/registry/registry.ts';
import type { SchemaType } from '../../src/serde/registry/schema-registry.ts';
import { JSON_CASES, PROTOBUF_CASES } from './compatibility-cases.ts';

async function found(type: SchemaType, level: string, versions: readonly [string, string]): Promise<string | null> {
  const registry = Registry.inMemory();
  await registry.setCompatibility(null, level as 'BACKWARD');
  const [before, after] = versions.map((schema) => ({ type, schema, references: [] }) as const);
  await registry.register('a', before as NonNullable<typeof before>);
  const [reason] = registry.incompatibilities('a', after as NonNullable<typeof after>);
  return reason?.replace(/^.*?: /, '') ?? null;
}

describe.each([
  ['JSON', JSON_CASES],
  ['PROTOBUF', PROTOBUF_CASES],
] as const)('compatibility of %s', (type, cases) => {
  test.each(cases)('%s', async (_what, before, after, reason) => {
    expect(await found(type, 'BACKWARD', [before, after])).toBe(reason);
    expect(await found(type, 'FORWARD', [after, before])).toBe(reason);
    expect(await found(type, 'NONE', [before, after])).toBeNull();
    if (reason !== null) expect(await found(type, 'FULL', [before, after])).toBe(reason);
  });

  test('transitive levels look at every version, the others at the last', async () => {
    const registry = Registry.inMemory();
    const schemas =
      type === 'JSON'
        ? ['{"type":"string"}', '{"type":["string","integer"]}', '{"type":["integer"]}']
        : ['int32 a = 1;', '', 'string a = 1;'].map((field) => `syntax = "proto3"; message A { ${field} }`);
    const [first, second, third] = schemas.map((schema) => ({ type, schema, references: [] }) as const);
    await registry.setCompatibility(null, 'NONE');
    await registry.register('a', first as NonNullable<typeof first>);
    await registry.register('a', second as NonNullable<typeof second>);
    await registry.setCompatibility(null, 'FORWARD');
    expect(registry.incompatibilities('a', third as NonNullable<typeof third>)).toEqual([]);
    await registry.setCompatibility(null, 'FORWARD_TRANSITIVE');
    expect(registry.incompatibilities('a', third as NonNullable<typeof third>)).toHaveLength(1);
  });
});
