import { avroUnreadable, mustBeAvro } from '../../serde/avro/avro-compatibility.ts';
import type { ResolvedSchema } from '../../serde/registry/schema-language.ts';
import type { SchemaType } from '../../serde/registry/schema-registry.ts';

/** What the registry asks of a schema language. */
export interface SchemaChecks {
  /** Throws SCHEMA_INVALID for what is no schema. */
  validate(schema: ResolvedSchema): void;
  /** The text that equal schemas have in common: without what only looks different. */
  canonical(schema: string): string;
  /** Why what one schema wrote cannot be read by another; null when it can. */
  unreadable(reader: ResolvedSchema, writer: ResolvedSchema): string | null;
}

/** JSON without white space. Texts that are no JSON stay: what is wrong with them is told when they are validated. */
function compactJson(schema: string): string {
  try {
    return JSON.stringify(JSON.parse(schema));
  } catch {
    return schema;
  }
}

/** The languages that the registry knows. */
export const SCHEMA_CHECKS: Readonly<Partial<Record<SchemaType, SchemaChecks>>> = Object.freeze({
  AVRO: { validate: mustBeAvro, canonical: compactJson, unreadable: avroUnreadable },
});
