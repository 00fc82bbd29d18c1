import { avroUnreadable, mustBeAvro } from '../../serde/avro/avro-compatibility.ts';
import { jsonSchemaUnreadable, mustBeJsonSchema } from '../../serde/json-schema/json-schema-compatibility.ts';
import { canonicalProto } from '../../serde/protobuf/canonical-proto.ts';
import { mustBeProtobuf, protobufDescriptor, protobufUnreadable } from '../../serde/protobuf/protobuf-compatibility.ts';
import type { ResolvedSchema } from '../../serde/registry/schema-language.ts';
import type { SchemaType } from '../../serde/registry/schema-registry.ts';
import { compactJson } from './compact-json.ts';

/** What the registry asks of a schema language. */
export interface SchemaChecks {
  /** Throws SCHEMA_INVALID for what is no schema. */
  validate(schema: ResolvedSchema): void;
  /** The text that equal schemas have in common: without what only looks different. Throws SCHEMA_INVALID. */
  canonical(schema: string): string;
  /** Why what one schema wrote cannot be read by another; null when it can. */
  unreadable(reader: ResolvedSchema, writer: ResolvedSchema): string | null;
  /** The form that clients ask for as `serialized`, where it is not the text. */
  serialized?(schema: ResolvedSchema): string;
}

/** The languages that the registry knows. */
export const SCHEMA_CHECKS: Readonly<Record<SchemaType, SchemaChecks>> = Object.freeze({
  AVRO: { validate: mustBeAvro, canonical: compactJson, unreadable: avroUnreadable },
  JSON: { validate: mustBeJsonSchema, canonical: compactJson, unreadable: jsonSchemaUnreadable },
  PROTOBUF: {
    validate: mustBeProtobuf,
    canonical: canonicalProto,
    unreadable: protobufUnreadable,
    serialized: protobufDescriptor,
  },
});
