import { expect, test } from 'vitest';
import { LocalSchemaRegistry } from '../../../src/registry/local-schema-registry.ts';
import { Registry } from '../../../src/registry/registry.ts';
import { resolveReferences } from '../../../src/serde/registry/resolve-references.ts';

test('references that go round in a circle are refused, with the way round', async () => {
  const registry = Registry.inMemory();
  // No registry takes such schemas: only a topic that something else wrote can hold them.
  for (const [subject, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const references = [{ name: other, subject: other, version: 1 }];
    const value = { subject, version: 1, id: 1, schema: '"string"', references, deleted: false };
    registry.state.apply({ key: { keytype: 'SCHEMA', subject, version: 1, magic: 1 }, value });
  }
  const asked = new LocalSchemaRegistry(registry);
  await expect(resolveReferences(asked, asked.version('a', 1))).rejects.toMatchObject({
    code: 'SCHEMA_INVALID',
    message: expect.stringContaining('b version 1 -> a version 1 -> b version 1') as string,
  });
});
