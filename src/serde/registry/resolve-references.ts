import { MillraceError } from '../../core/millrace-error.ts';
import type { NamedSchema, ResolvedSchema } from './schema-language.ts';
import type { SchemaDefinition, SchemaReference, SchemaRegistry } from './schema-registry.ts';

/**
 * Fetches what a schema refers to, and what that refers to, each once and before what needs it.
 *
 * Throws SCHEMA_INVALID for references that lead back to where they came from, and SCHEMA_NOT_FOUND.
 */
export async function resolveReferences(
  registry: SchemaRegistry,
  definition: Pick<SchemaDefinition, 'schema' | 'references'>,
): Promise<ResolvedSchema> {
  const found: NamedSchema[] = [];
  await collect({ registry, found, done: new Set() }, definition.references, []);
  return { schema: definition.schema, references: found };
}

interface Search {
  readonly registry: SchemaRegistry;
  readonly found: NamedSchema[];
  readonly done: Set<string>;
}

async function collect(search: Search, references: readonly SchemaReference[], path: readonly string[]): Promise<void> {
  for (const { name, subject, version } of references) {
    const place = `${subject} version ${version}`;
    if (path.includes(place)) {
      throw new MillraceError(
        'SCHEMA_INVALID',
        `Expected references to end, got ${[...path, place].join(' -> ')}, which goes round in a circle`,
      );
    }
    if (search.done.has(place)) continue;
    search.done.add(place);
    const referred = await search.registry.version(subject, version);
    await collect(search, referred.references, [...path, place]);
    search.found.push({ name, schema: referred.schema });
  }
}
