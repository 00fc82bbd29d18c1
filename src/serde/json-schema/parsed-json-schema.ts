import { MillraceError } from '../../core/millrace-error.ts';

/** A JSON Schema, or a part of one: an object, or whether anything fits. */
export type JsonSchemaNode = boolean | { readonly [keyword: string]: unknown };

/** Parses the text of a schema. Throws SCHEMA_INVALID. */
export function parsedJsonSchema(text: string): JsonSchemaNode {
  let schema: unknown = null;
  try {
    schema = JSON.parse(text);
  } catch {
    // Told below, with what is null.
  }
  if (isSchemaNode(schema)) return schema;
  throw new MillraceError(
    'SCHEMA_INVALID',
    'Expected a JSON Schema as a JSON object or boolean, got a text that is none',
  );
}

/** Whether a value can be a schema. */
export function isSchemaNode(value: unknown): value is JsonSchemaNode {
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

/** What a `$ref` may call a referred schema: the name of the reference, by itself and beside the root, and its own id. */
export function referenceNames(name: string, root: JsonSchemaNode, referred: JsonSchemaNode): readonly string[] {
  const base = idOf(root);
  const id = idOf(referred);
  return [
    ...new Set([name, ...(base !== null && URL.canParse(name, base) ? [new URL(name, base).href] : []), id ?? name]),
  ];
}

/** The id that a schema gives itself; null when it gives none. */
export function idOf(schema: JsonSchemaNode): string | null {
  if (typeof schema === 'boolean') return null;
  const id = schema['$id'] ?? schema['id'];
  return typeof id === 'string' ? id.replace(/#$/, '') : null;
}
