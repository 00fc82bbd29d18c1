import { beforeEach, describe, expect, test } from 'vitest';
import { Registry } from '../../src/registry/registry.ts';
import { RegistryState } from '../../src/registry/registry-state.ts';
import type { RegistryRecord } from '../../src/registry/registry-record.ts';
import type { SchemaDefinition, SchemaReference } from '../../src/serde/registry/schema-registry.ts';

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

function record(fields: readonly Field[], references: readonly SchemaReference[] = []): SchemaDefinition {
  return { type: 'AVRO', schema: JSON.stringify({ type: 'record', name: 'R', fields }), references };
}

const id = { name: 'id', type: 'long' };
const plain = record([id]);
const withDefault = record([id, { name: 'added', type: 'string', default: '' }]);
const withoutDefault = record([id, { name: 'needed', type: 'string' }]);
const otherType = record([{ name: 'id', type: 'string' }]);

let log: RegistryRecord[];
let registry: Registry;

beforeEach(() => {
  log = [];
  const state = new RegistryState();
  registry = new Registry(state, (records) => {
    log.push(...records);
    for (const entry of records) state.apply(entry);
    return Promise.resolve();
  });
});

/** A registry that has read the log of the other. */
function restarted(): Registry {
  const other = Registry.inMemory();
  for (const entry of log) other.state.apply(JSON.parse(JSON.stringify(entry)) as RegistryRecord);
  return other;
}

describe('registering', () => {
  test('gives equal schemas one id and one version, whatever their white space', async () => {
    expect(await registry.register('a', plain)).toBe(1);
    expect(await registry.register('a', { ...plain, schema: JSON.stringify(JSON.parse(plain.schema), null, 2) })).toBe(
      1,
    );
    expect(await registry.register('b', plain)).toBe(1);
    expect(await registry.register('a', withDefault)).toBe(2);
    expect(registry.versions('a').map(({ version, id: schemaId }) => [version, schemaId])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(registry.version('b', 'latest')).toMatchObject({ version: 1, id: 1 });
  });

  test('at the same time gives each schema one id', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => registry.register('a', plain)));
    expect(ids).toEqual([1, 1, 1]);
    expect(log).toHaveLength(1);
  });

  test('is forgotten when the log does not keep it', async () => {
    const failing = new Registry(new RegistryState(), () => Promise.reject(new Error('no')));
    await expect(failing.register('a', plain)).rejects.toThrow('no');
    expect(failing.state.subjects({ withDeleted: true })).toEqual([]);
  });

  test.each([['{'], ['{"type":"record"}'], ['"undefined.Type"']])('refuses %s', async (schema) => {
    await expect(registry.register('a', { type: 'AVRO', schema, references: [] })).rejects.toMatchObject({
      code: 42_201,
      status: 422,
    });
  });
});

describe('compatibility', () => {
  test.each([
    ['BACKWARD', plain, withDefault, true],
    ['BACKWARD', plain, withoutDefault, false],
    ['BACKWARD', withoutDefault, plain, true],
    ['BACKWARD', plain, otherType, false],
    ['FORWARD', plain, withoutDefault, true],
    ['FORWARD', withoutDefault, plain, false],
    ['FULL', plain, withDefault, true],
    ['FULL', plain, withoutDefault, false],
    ['FULL', withoutDefault, plain, false],
    ['NONE', plain, otherType, true],
  ] as const)('%s', async (level, first, second, isAllowed) => {
    await registry.setCompatibility(null, level);
    await registry.register('a', first);
    expect(registry.incompatibilities('a', second).length === 0).toBe(isAllowed);
    const registering = registry.register('a', second);
    if (isAllowed) await expect(registering).resolves.toBe(2);
    else await expect(registering).rejects.toMatchObject({ code: 409 });
  });

  test('of the transitive levels is with every version', async () => {
    await registry.setCompatibility('a', 'NONE');
    await registry.register('a', otherType);
    await registry.register('a', plain);
    await registry.setCompatibility('a', 'BACKWARD');
    expect(registry.incompatibilities('a', withDefault)).toEqual([]);
    await registry.setCompatibility('a', 'BACKWARD_TRANSITIVE');
    expect(registry.incompatibilities('a', withDefault)).toHaveLength(1);
    expect(registry.incompatibilities('a', withDefault, 2)).toEqual([]);
  });

  test('of a subject is its own, or that of all', async () => {
    await registry.setCompatibility('a', 'NONE');
    expect(registry.state.compatibility('a')).toBe('NONE');
    expect(registry.state.compatibility('b')).toBe('BACKWARD');
    await registry.setCompatibility('a', null);
    expect(registry.state.ownCompatibility('a')).toBeUndefined();
  });
});

describe('deleting', () => {
  test('is soft first: hidden, but the id stays; then for good', async () => {
    await registry.register('a', plain);
    await registry.register('a', withDefault);
    await expect(registry.deleteVersion('a', 1, { permanent: true })).rejects.toMatchObject({ code: 40_407 });
    expect(await registry.deleteVersion('a', 1)).toBe(1);
    await expect(registry.deleteVersion('a', 1)).rejects.toMatchObject({ code: 40_406 });
    expect(() => registry.version('a', 1)).toThrow(expect.objectContaining({ code: 40_402 }));
    expect(registry.schemaById(1)).toEqual(plain);
    expect(await registry.deleteVersion('a', 1, { permanent: true })).toBe(1);
    await expect(registry.deleteSubject('a', { permanent: true })).rejects.toMatchObject({ code: 40_405 });
    expect(await registry.deleteSubject('a')).toEqual([2]);
    await expect(registry.deleteSubject('a')).rejects.toMatchObject({ code: 40_404 });
    expect(await registry.deleteSubject('a', { permanent: true })).toEqual([2]);
    expect(registry.state.subjects({ withDeleted: true })).toEqual([]);
  });

  test('does not give a version again, and a schema that comes back has its id', async () => {
    await registry.register('a', plain);
    await registry.deleteSubject('a');
    expect(await registry.register('a', plain)).toBe(1);
    expect(registry.version('a', 'latest').version).toBe(2);
  });

  test('is refused while another schema refers to it', async () => {
    await registry.register('a', plain);
    const reference = { name: 'R', subject: 'a', version: 1 };
    const referring: SchemaDefinition = {
      type: 'AVRO',
      schema: '{"type":"array","items":"R"}',
      references: [reference],
    };
    await registry.register('b', referring);
    await expect(registry.deleteVersion('a', 1)).rejects.toMatchObject({ code: 42_206 });
    expect(registry.state.referrersOf('a', 1)).toEqual([2]);
    await expect(
      registry.register('c', { ...referring, references: [{ ...reference, version: 9 }] }),
    ).rejects.toMatchObject({ code: 42_201 });
  });
});

describe('modes', () => {
  test('READONLY takes nothing, IMPORT takes ids', async () => {
    await registry.setMode('a', 'READONLY');
    await expect(registry.register('a', plain)).rejects.toMatchObject({ code: 42_205 });
    await expect(registry.register('b', plain, { id: 77 })).rejects.toMatchObject({ code: 42_205 });
    await registry.setMode('b', 'IMPORT');
    expect(await registry.register('b', plain, { id: 77, version: 3 })).toBe(77);
    await expect(registry.setMode('b', 'IMPORT')).rejects.toMatchObject({ code: 42_205 });
    await registry.setMode('b', null);
    expect(await registry.register('b', withDefault)).toBe(78);
    expect(registry.versions('b').map(({ version }) => version)).toEqual([3, 4]);
  });
});

test('a registry that has read the log knows what the other knew', async () => {
  await registry.setCompatibility('a', 'NONE');
  await registry.register('a', plain);
  await registry.register('a', otherType);
  await registry.deleteVersion('a', 1);
  await registry.register('b', plain);
  await registry.deleteSubject('b');
  await registry.setMode('c', 'READONLY');
  const other = restarted();
  const all = { withDeleted: true };
  for (const subject of ['a', 'b']) expect(other.versions(subject, all)).toEqual(registry.versions(subject, all));
  expect(other.state.compatibility('a')).toBe('NONE');
  expect(other.state.mode('c')).toBe('READONLY');
  expect(other.state.nextId).toBe(registry.state.nextId);
  expect(await other.register('b', plain)).toBe(1);
});
