import type { Headers } from '../core/headers.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import type { ProcessorContext } from './processor.ts';
import type { StreamRecord } from './stream-record.ts';

/** A record whose key stays: all that can be made of it has the same one. Immutable; its values must not be changed either. */
export class FixedKeyRecord<K, V> {
  readonly #record: StreamRecord<K, V>;

  constructor(record: StreamRecord<K, V>) {
    this.#record = record;
  }

  /** The record inside. */
  static unwrap<K, V>(record: FixedKeyRecord<K, V>): StreamRecord<K, V> {
    return record.#record;
  }

  /** The key; null where the record has none. */
  get key(): K {
    return this.#record.key;
  }

  /** The value; null for a tombstone. */
  get value(): V {
    return this.#record.value;
  }

  /** Milliseconds since the epoch. */
  get timestamp(): number {
    return this.#record.timestamp;
  }

  get headers(): Headers {
    return this.#record.headers;
  }

  /** The same record with another value. An unchanged value (same reference) keeps its bytes. */
  withValue<V2>(value: V2): FixedKeyRecord<K, V2> {
    return new FixedKeyRecord(this.#record.withValue(value));
  }

  /** The same record at another time. */
  withTimestamp(timestamp: number): FixedKeyRecord<K, V> {
    return new FixedKeyRecord(this.#record.withTimestamp(timestamp));
  }

  /** The same record with other headers. */
  withHeaders(headers: Headers): FixedKeyRecord<K, V> {
    return new FixedKeyRecord(this.#record.withHeaders(headers));
  }
}

/** What a processor that keeps keys may ask of its task: the same as any, but it forwards only what keeps its key. */
export type FixedKeyContext<K, V> = ProcessorContext<FixedKeyRecord<K, V>>;

/** A processor that keeps keys: as `Processor`. */
export interface FixedKeyProcessor<K, V, V2> {
  init?(context: FixedKeyContext<K, V2>): void;
  process(record: FixedKeyRecord<K, V>): MaybePromise<void>;
  close?(): void;
}
