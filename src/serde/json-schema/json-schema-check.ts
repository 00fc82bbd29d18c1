import { Ajv, type ValidateFunction } from 'ajv';
import AjvDraft04 from 'ajv-draft-04';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { MillraceError } from '../../core/millrace-error.ts';
import type { ResolvedSchema } from '../registry/schema-language.ts';
import { parsedJsonSchema, referenceNames, type JsonSchemaNode } from './parsed-json-schema.ts';

/** What a value misses of its schema, and where, without the value; null when it fits. */
export type JsonSchemaCheck = (value: unknown) => string | null;

/**
 * Compiles a schema of draft 4, 6, 7, 2019-09 or 2020-12 (7 where it does not say). With `setsDefaults` a check puts the
 * defaults of absent properties into the value. Formats are notes to people, and unknown keywords too, as the later drafts have
 * it. Nothing is fetched: a `$ref` goes to the schema itself or to its references.
 *
 * Throws SCHEMA_INVALID.
 */
export function jsonSchemaCheck(schema: ResolvedSchema, options: { readonly setsDefaults: boolean }): JsonSchemaCheck {
  const validate = compile(schema, options.setsDefaults);
  return (value) => {
    if (validate(value)) return null;
    const { instancePath = '', message = 'does not fit' } = validate.errors?.[0] ?? {};
    return `one that ${message}${instancePath === '' ? '' : ` at ${instancePath}`}`;
  };
}

function compile(schema: ResolvedSchema, useDefaults: boolean): ValidateFunction {
  const root = parsedJsonSchema(schema.schema);
  try {
    const ajv = ajvFor(root, { strict: false, validateFormats: false, useDefaults, logger: false, inlineRefs: false });
    const added = new Set<string>();
    for (const { name, schema: text } of schema.references) {
      const referred = withoutDialect(parsedJsonSchema(text));
      for (const key of referenceNames(name, root, referred)) {
        if (added.has(key)) continue;
        added.add(key);
        // The schema's own name is one that it adds itself.
        ajv.addSchema(withoutId(referred), key);
      }
    }
    return ajv.compile(withoutDialect(root));
  } catch (error) {
    throw new MillraceError('SCHEMA_INVALID', `Expected a JSON Schema, got one where ${(error as Error).message}`);
  }
}

function ajvFor(root: JsonSchemaNode, options: object): Ajv {
  const dialect = typeof root === 'object' && typeof root['$schema'] === 'string' ? root['$schema'] : '';
  if (dialect.includes('2020-12')) return new Ajv2020(options) as unknown as Ajv;
  if (dialect.includes('2019-09')) return new Ajv2019(options) as unknown as Ajv;
  if (dialect.includes('draft-04')) return new AjvDraft04.default(options) as unknown as Ajv;
  return new Ajv(options);
}

/** The dialect is chosen by it; the schemas of the dialects that are known need not be there then. */
function withoutDialect(schema: JsonSchemaNode): JsonSchemaNode {
  if (typeof schema === 'boolean') return schema;
  const { $schema: _dialect, ...rest } = schema;
  return rest;
}

/** By which names it is known is said where it is added. */
function withoutId(schema: JsonSchemaNode): JsonSchemaNode {
  if (typeof schema === 'boolean') return schema;
  const { $id: _id, id: _oldId, ...rest } = schema;
  return rest;
}
