import type { BigintReading } from '../json-integers.ts';
import { RegistrySerde, type RegistrySerdeOptions } from '../registry/registry-serde.ts';
import type { Serde } from '../serde.ts';
import { AvroLanguage } from './avro-language.ts';
import type { AvroValue } from './avro-schema.ts';

/** How `avro()` reads, and how it gets along with the schema registry. */
export interface AvroOptions extends RegistrySerdeOptions {
  /**
   * What a `long` outside ±(2^53 − 1) is read as: `error` (the default) throws INTEGER_UNSAFE, `string` gives its exact digits,
   * `bigint` a bigint. Safe ones are numbers always; a bigint is written whatever this says, digits under `string`.
   */
  readonly bigint?: BigintReading;
}

/**
 * Avro in Confluent's wire format (a zero byte, the schema's id in 4 bytes, the value), with the schema in the schema
 * registry.
 *
 * A schema written as a literal gives the type of its values; for one that comes from a file, or with longs that are bigints,
 * name the type: `avro<Order>(text)`. Records are plain objects, `bytes` and `fixed` are Buffers, and the logical types are
 * strings: decimal `-12.50`, date `2024-02-29`, time `23:59:59.123`, timestamp `2024-02-29T23:59:59.123456Z` (without the Z
 * when local), uuid. Branches of a union tell themselves apart by their values; where they could not, a value is an object with
 * the name of its branch, `{ 'shop.Order': { ... } }`. A field that the schema does not have is SERIALIZATION_FAILED, one that
 * is missing has its default.
 *
 * What was written by another version is read by Avro's schema resolution. Throws SCHEMA_INVALID for what is no schema.
 *
 * @example
 * const order = avro({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'long' }] });
 * const ledger = avro<Entry>(readFileSync('entry.avsc', 'utf8'), { bigint: 'bigint' });
 */
export function avro<T>(schema: string, options?: AvroOptions): Serde<T>;
export function avro<const S extends object>(schema: S, options?: AvroOptions): Serde<AvroValue<S>>;
export function avro(schema: string | object, { bigint = 'error', ...options }: AvroOptions = {}): Serde<any> {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  return new RegistrySerde(new AvroLanguage(bigint), text, options);
}
