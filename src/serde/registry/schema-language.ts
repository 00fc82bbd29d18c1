import type { SchemaType } from './schema-registry.ts';

/** A schema with the texts of those that it refers to, in an order in which each knows those it refers to itself. */
export interface ResolvedSchema {
  readonly schema: string;
  readonly references: readonly NamedSchema[];
}

/** A schema that another one refers to, by the name it has there. */
export interface NamedSchema {
  readonly name: string;
  readonly schema: string;
}

/** Writes values of one schema behind `offset` bytes that stay free. Throws SERIALIZATION_FAILED. */
export type SchemaWriter<T> = (value: T, offset: number) => Buffer;

/** Reads values written by one schema as those of another, from `offset` to the end. Throws DESERIALIZATION_FAILED. */
export type SchemaReader<T> = (bytes: Buffer, offset: number) => T;

/** A schema language: makes writers and readers, once for each schema or pair of schemas. */
export interface SchemaLanguage<T> {
  readonly type: SchemaType;
  /** The full name of what the schema defines; null when it has none. Throws SCHEMA_INVALID. */
  nameOf(schema: ResolvedSchema): string | null;
  /** Throws SCHEMA_INVALID. */
  writer(schema: ResolvedSchema): SchemaWriter<T>;
  /** What was written by `written`, as `wanted` has it. Throws SCHEMA_INVALID, and DESERIALIZATION_FAILED for a pair that does not fit. */
  reader(wanted: ResolvedSchema, written: ResolvedSchema): SchemaReader<T>;
}
