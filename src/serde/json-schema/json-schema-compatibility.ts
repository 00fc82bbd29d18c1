import { MillraceError } from '../../core/millrace-error.ts';
import type { ResolvedSchema } from '../registry/schema-language.ts';
import { jsonSchemaIncompatibilities } from './compatibility/json-schema-comparison.ts';
import type { RefersTo } from './compatibility/schema-shape.ts';
import { jsonSchemaCheck } from './json-schema-check.ts';
import { idOf, isSchemaNode, type JsonSchemaNode, parsedJsonSchema, referenceNames } from './parsed-json-schema.ts';

/** Checks that a schema is one. Throws SCHEMA_INVALID. */
export function mustBeJsonSchema(schema: ResolvedSchema): void {
  jsonSchemaCheck(schema, { setsDefaults: false });
}

/**
 * Why data that fits one schema may not fit another, by the rules that Confluent's registry has for JSON Schema (the strict
 * ones, its default); null when it does. Each is named as there, with its place.
 */
export function jsonSchemaUnreadable(reader: ResolvedSchema, writer: ResolvedSchema): string | null {
  const nodes = { before: parsedJsonSchema(writer.schema), after: parsedJsonSchema(reader.schema) };
  const found = jsonSchemaIncompatibilities(nodes, { before: resolver(writer), after: resolver(reader) });
  return found.length === 0 ? null : [...new Set(found)].join(', ');
}

/** Finds what a `$ref` goes to: a pointer or an anchor into a document, which is the schema itself or one referred to. */
function resolver({ schema, references }: ResolvedSchema): RefersTo {
  const root = parsedJsonSchema(schema);
  const documents = new Map<string, JsonSchemaNode>([['', root]]);
  const rootId = idOf(root);
  if (rootId !== null) documents.set(rootId, root);
  for (const { name, schema: text } of references) {
    const referred = parsedJsonSchema(text);
    for (const key of referenceNames(name, root, referred)) documents.set(key, referred);
  }
  const nodes = new Map([...documents.values()].flatMap((document) => [...identified(document)]));
  return (reference) => {
    const [name = '', fragment = ''] = reference.split('#', 2);
    const document = documents.get(name) ?? documents.get(name.replace(/^\.\//, '')) ?? nodes.get(name);
    const found =
      fragment === '' || fragment.startsWith('/')
        ? at(document, fragment)
        : (nodes.get(`#${fragment}`) ?? nodes.get(reference));
    // A pointer without a document of its name is one into the document that has what it points to.
    const node = found ?? [...documents.values()].map((other) => at(other, fragment)).find(isSchemaNode);
    if (isSchemaNode(node)) return node;
    throw new MillraceError('SCHEMA_INVALID', `Expected a schema that "${reference}" refers to, got none`);
  };
}

function at(document: unknown, pointer: string): unknown {
  let node = document;
  for (const step of pointer.split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    node = (node as { readonly [name: string]: unknown } | null | undefined)?.[name];
  }
  return node;
}

/** Parts that have an id or an anchor of their own. */
function* identified(node: unknown): Generator<readonly [string, JsonSchemaNode]> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) {
    const { $anchor, $id, id } = node as { readonly [name: string]: unknown };
    if (typeof $anchor === 'string') yield [`#${$anchor}`, node as JsonSchemaNode];
    for (const name of [$id, id]) if (typeof name === 'string') yield [name, node as JsonSchemaNode];
  }
  for (const member of Object.values(node)) yield* identified(member);
}
