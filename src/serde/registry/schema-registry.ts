import type { MaybePromise } from '../../core/maybe-promise.ts';

/** The languages of schemas, by Confluent's names. */
export type SchemaType = 'AVRO' | 'JSON' | 'PROTOBUF';

/** That a schema uses what another one, registered, defines. */
export interface SchemaReference {
  /** How the schema calls it: the full name of an Avro type, the path of an import. */
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema as a registry keeps it. */
export interface SchemaDefinition {
  readonly type: SchemaType;
  /** Its text: JSON, or Protobuf's own language. */
  readonly schema: string;
  readonly references: readonly SchemaReference[];
}

/** A schema under a subject. Equal schemas have one id, whatever subjects they are under. */
export interface RegisteredSchema extends SchemaDefinition {
  readonly subject: string;
  /** Counted from 1 within the subject. */
  readonly version: number;
  readonly id: number;
}

/**
 * What serdes ask of a schema registry. The embedded one and Confluent's REST API implement it.
 *
 * Throws SCHEMA_REGISTRY_UNREACHABLE after retries, SCHEMA_REGISTRY_REFUSED with the registry's own words, and what is said
 * below. Answers that cannot change are remembered.
 */
export interface SchemaRegistry {
  /** The id of a schema under a subject, registered if it is not yet. Throws SCHEMA_INCOMPATIBLE. */
  register(subject: string, definition: SchemaDefinition): MaybePromise<number>;
  /** A schema under a subject as it is registered; null when it is not. */
  lookUp(subject: string, definition: SchemaDefinition): MaybePromise<RegisteredSchema | null>;
  /** The latest version of a subject; null when there is none. */
  latest(subject: string): MaybePromise<RegisteredSchema | null>;
  /** Every version of a subject, from the oldest on; none for an unknown subject. */
  versions(subject: string): MaybePromise<readonly RegisteredSchema[]>;
  /** One version of a subject. Throws SCHEMA_NOT_FOUND. */
  version(subject: string, version: number): MaybePromise<RegisteredSchema>;
  /** The schema of an id. Throws SCHEMA_NOT_FOUND. */
  schemaById(id: number): MaybePromise<SchemaDefinition>;
  /** Why a schema may not be the next version of a subject, in the registry's words; nothing when it may. */
  incompatibilities(subject: string, definition: SchemaDefinition): MaybePromise<readonly string[]>;
}
