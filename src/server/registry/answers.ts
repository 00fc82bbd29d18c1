import type { SchemaValue } from '../../registry/registry-record.ts';
import type { SchemaDefinition } from '../../serde/registry/schema-registry.ts';

/** A schema as the REST API gives it: the type only when it is not Avro, references only when there are any. */
export function definitionAnswer({ type, schema, references }: SchemaDefinition): object {
  return {
    schema,
    ...(type === 'AVRO' ? {} : { schemaType: type }),
    ...(references.length === 0 ? {} : { references }),
  };
}

/** A version as the REST API gives it. */
export function versionAnswer({ subject, version, id, schemaType, references = [], schema }: SchemaValue): object {
  return { subject, version, id, ...definitionAnswer({ type: schemaType ?? 'AVRO', schema, references }) };
}
