import { type Headers, NO_HEADERS } from '../core/headers.ts';
import { datumOf, StreamRecord } from './stream-record.ts';

/** What a record is made of. */
export interface NewRecord<K, V> {
  readonly key: K;
  readonly value: V;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly headers?: Headers;
}

/**
 * Makes a record that was not made of another one: what a punctuator forwards. Null for key or value is a record without one.
 *
 * @example context.forward(newRecord({ key: 'total', value: sum, timestamp }));
 */
export function newRecord<K, V>({ key, value, timestamp, headers = NO_HEADERS }: NewRecord<K, V>): StreamRecord<K, V> {
  return new StreamRecord<K, V>(datumOf(key), datumOf(value), { timestamp, headers });
}
