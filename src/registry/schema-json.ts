import type {
  RegisteredSchema,
  SchemaDefinition,
  SchemaReference,
  SchemaType,
} from '../serde/registry/schema-registry.ts';

/** A schema as Confluent's REST API and its topic have it. */
export interface SchemaJson {
  /** Absent for AVRO. */
  readonly schemaType?: SchemaType;
  /** Absent when there are none. */
  readonly references?: readonly SchemaReference[];
  readonly schema: string;
}

/** A version as they have it. */
export interface VersionJson extends SchemaJson {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
}

/** A definition as JSON. */
export function schemaJson({ type, schema, references }: SchemaDefinition): SchemaJson {
  return {
    schema,
    ...(type === 'AVRO' ? {} : { schemaType: type }),
    ...(references.length === 0 ? {} : { references }),
  };
}

/** A version as JSON. */
export function versionJson(registered: RegisteredSchema): VersionJson {
  const { subject, version, id } = registered;
  return { subject, version, id, ...schemaJson(registered) };
}

/** The definition in JSON. */
export function definitionIn({ schemaType = 'AVRO', schema, references }: SchemaJson): SchemaDefinition {
  // Some registries give null for none.
  return { type: schemaType, schema, references: references ?? [] };
}

/** The version in JSON. */
export function versionIn(json: VersionJson): RegisteredSchema {
  const { subject, version, id } = json;
  return { ...definitionIn(json), subject, version, id };
}
