import type { BigintReading } from '../json-integers.ts';
import { RegistrySerde, type RegistrySerdeOptions } from '../registry/registry-serde.ts';
import type { Serde } from '../serde.ts';
import { JsonSchemaLanguage } from './json-schema-language.ts';
import type { JsonSchemaValue } from './json-schema-value.ts';

/** How `jsonSchema()` reads, and how it gets along with the schema registry. */
export interface JsonSchemaOptions extends RegistrySerdeOptions {
  /** What an integer outside ±(2^53 − 1) is read as, as of `json()`. Default `error`. Bounds see it as a double. */
  readonly bigint?: BigintReading;
}

/**
 * JSON in Confluent's wire format (a zero byte, the schema's id in 4 bytes, the text), with its JSON Schema in the schema
 * registry. Drafts 4, 6, 7, 2019-09 and 2020-12, as `$schema` says; 7 when it says nothing.
 *
 * A schema written as a literal gives the type of its values; for one that comes from a file name the type:
 * `jsonSchema<Order>(text)`. Values are as with `json()`, and are checked both ways: what does not fit is SERIALIZATION_FAILED
 * or DESERIALIZATION_FAILED. What another version wrote is to fit this schema; properties that are absent there have the
 * `default` of this one. `format` is not checked. Throws SCHEMA_INVALID for what is no schema.
 *
 * Subjects named by the record have the schema's `title`.
 *
 * @example
 * const order = jsonSchema({ title: 'Order', type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] });
 */
export function jsonSchema<T>(schema: string, options?: JsonSchemaOptions): Serde<T>;
export function jsonSchema<const S extends object>(schema: S, options?: JsonSchemaOptions): Serde<JsonSchemaValue<S>>;
export function jsonSchema(
  schema: string | object,
  { bigint = 'error', ...options }: JsonSchemaOptions = {},
): Serde<any> {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  return new RegistrySerde(new JsonSchemaLanguage(bigint), text, options);
}
