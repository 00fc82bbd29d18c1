import type { Headers } from '../core/headers.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { headersFromBytes, headersToBytes, lengthBytes } from './headers-bytes.ts';
import type { Serde } from './serde.ts';

/** A value with the headers of the record that made it. */
export interface ValueWithHeaders<V> {
  readonly value: V;
  readonly headers: Headers;
}

const LENGTH_BYTES = 4;

/**
 * Values that a store keeps with headers (KIP-1271): the length of the value (32 bits), the value, the headers. Any store of
 * a program's own becomes headers-aware by it; its entries have their timestamps as always.
 *
 * @example
 * const seen = keyValueStore({ name: 'seen', keySerde: string(), valueSerde: withHeaders(json<Order>()) });
 * store.put(record.key, { value: record.value, headers: record.headers }, record.timestamp);
 */
export function withHeaders<V>(serde: Serde<V>): Serde<ValueWithHeaders<V>> {
  return Object.freeze({
    name: `${serde.name} with headers`,
    serialize({ value, headers }: ValueWithHeaders<V>): Buffer {
      const bytes = serde.serialize(value);
      return Buffer.concat([lengthBytes(bytes.length), bytes, ...headersToBytes(headers)]);
    },
    deserialize(bytes: Buffer): ValueWithHeaders<V> {
      const end = bytes.length < LENGTH_BYTES ? Infinity : LENGTH_BYTES + bytes.readUInt32BE(0);
      if (end > bytes.length) {
        throw new MillraceError(
          'DESERIALIZATION_FAILED',
          `Expected a value with headers, got ${bytes.length} bytes that are none`,
        );
      }
      return {
        value: serde.deserialize(bytes.subarray(LENGTH_BYTES, end)),
        headers: headersFromBytes(bytes, end),
      };
    },
  });
}
