import type { BigintReading } from '../json-integers.ts';
import { RegistrySerde, type RegistrySerdeOptions } from '../registry/registry-serde.ts';
import type { Serde } from '../serde.ts';
import { ProtobufLanguage } from './protobuf-language.ts';

/** How `protobuf()` reads, and how it gets along with the schema registry. */
export interface ProtobufOptions extends RegistrySerdeOptions {
  /** The message that values are, with or without its package: `shop.Order`, `Order.Line`. Default the first of the file. */
  readonly message?: string;
  /**
   * What a 64-bit integer outside ±(2^53 − 1) is read as: `error` (the default) throws INTEGER_UNSAFE, `string` gives its exact
   * digits, `bigint` a bigint. Safe ones are numbers always; bigints and digits are written whatever this says.
   */
  readonly bigint?: BigintReading;
}

/**
 * Protobuf in Confluent's wire format (a zero byte, the schema's id in 4 bytes, which message of the file it is, the value),
 * with the schema in the schema registry.
 *
 * The schema is the text of a `.proto` file; what it imports is named by `references`, but for `google/protobuf/*.proto`.
 * Name the type of values: `protobuf<Order>(text)`. Messages are plain objects with the fields' names as the schema has them;
 * `bytes` are Buffers, enums the names of their values, maps plain objects. A field that tells absence (a message, one of a
 * oneof, an `optional` one) is not there when it was not written, and is not written when it is null or undefined; others
 * have their default. `google.protobuf.Timestamp` is `2024-02-29T23:59:59.123Z`, `Duration` `1.500s`, a wrapper what is in it.
 *
 * Strict where Protobuf would change a value silently: a field that the message does not have, null where it could not be told
 * from the default, an integer that is too large and two fields of a oneof are SERIALIZATION_FAILED; integers that do not fit,
 * text that is not UTF-8 and fields with another type's wire format DESERIALIZATION_FAILED. Fields that the schema does not
 * know are skipped. Throws SCHEMA_INVALID for what is no schema, and for groups.
 *
 * @example
 * const order = protobuf<Order>(readFileSync('order.proto', 'utf8'), { message: 'shop.Order' });
 */
export function protobuf<T>(schema: string, { message, bigint = 'error', ...options }: ProtobufOptions = {}): Serde<T> {
  return new RegistrySerde<T>(new ProtobufLanguage<T>(message ?? null, bigint), schema, options);
}
