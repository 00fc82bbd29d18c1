import type { Headers } from '../core/headers.ts';
import type { Stamp } from '../core/stamp.ts';
import { Datum } from '../serde/datum.ts';

/**
 * A record on its way through a topology: key, value, timestamp, headers. Immutable.
 *
 * Key and value are null or a `Datum`, whose bytes are read only when somebody asks for `key` or `value`.
 */
export class StreamRecord<K, V> {
  readonly keyDatum: Datum<K> | null;
  readonly valueDatum: Datum<V> | null;
  readonly stamp: Stamp;

  constructor(keyDatum: Datum<K> | null, valueDatum: Datum<V> | null, stamp: Stamp) {
    this.keyDatum = keyDatum;
    this.valueDatum = valueDatum;
    this.stamp = stamp;
  }

  /** The key; null where the record has none. Throws as `Serde.deserialize` does, at the first look. */
  get key(): K {
    return (this.keyDatum === null ? null : this.keyDatum.value) as K;
  }

  /** The value; null for a tombstone. Throws as `Serde.deserialize` does, at the first look. */
  get value(): V {
    return (this.valueDatum === null ? null : this.valueDatum.value) as V;
  }

  /** Milliseconds since the epoch. */
  get timestamp(): number {
    return this.stamp.timestamp;
  }

  get headers(): Headers {
    return this.stamp.headers;
  }

  /** The same record under another key. */
  withKey<K2>(key: K2): StreamRecord<K2, V> {
    return new StreamRecord(datumOf(key), this.valueDatum, this.stamp);
  }

  /** The same record with another value. An unchanged value (same reference) keeps its bytes. */
  withValue<V2>(value: V2): StreamRecord<K, V2> {
    if ((value as unknown) === this.value) return this as unknown as StreamRecord<K, V2>;
    return new StreamRecord(this.keyDatum, datumOf(value), this.stamp);
  }

  /** The same record at another time. */
  withTimestamp(timestamp: number): StreamRecord<K, V> {
    return new StreamRecord(this.keyDatum, this.valueDatum, { timestamp, headers: this.headers });
  }

  /** The same record with other headers. */
  withHeaders(headers: Headers): StreamRecord<K, V> {
    return new StreamRecord(this.keyDatum, this.valueDatum, { timestamp: this.timestamp, headers });
  }
}

/** A datum of a value that user code returned; null and undefined have none. */
export function datumOf<T>(value: T): Datum<NonNullable<T>> | null;
export function datumOf<T>(value: T): Datum<T> | null {
  return value === null || value === undefined ? null : Datum.ofValue(value);
}

/** What a datum holds; null where there is none. */
export function valueOf<T>(datum: Datum<T> | null): T | null {
  return datum === null ? null : datum.value;
}
