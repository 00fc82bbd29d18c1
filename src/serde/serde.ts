/**
 * How values of one type become bytes and come back.
 *
 * Null is never passed in either direction: a null value has no bytes (a tombstone), a null key likewise.
 * `serialize` throws a `MillraceError` SERIALIZATION_FAILED, `deserialize` DESERIALIZATION_FAILED or INTEGER_UNSAFE.
 * Two serdes that are the same object have the same wire format; bytes read by a serde are written back as they are by
 * the same serde.
 */
export interface Serde<T> {
  /** What `describe()` and error messages call it: `json`, `string`, `integer`. */
  readonly name: string;
  serialize(value: T): Buffer;
  deserialize(bytes: Buffer): T;
}
