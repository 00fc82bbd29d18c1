import type { Headers } from '../../../core/headers.ts';
import type { Change } from '../../../processor/change-record.ts';
import { headersFromBytes, headersToBytes, lengthBytes } from '../../../serde/headers-bytes.ts';
import type { Serde } from '../../../serde/serde.ts';
import { changeSerde } from '../../change-serde.ts';

/** An update that is held back. */
export interface Suppressed<V> {
  /** The latest value, and the one that was there before the first update held back. */
  readonly change: Change<V>;
  /** The headers of the latest update. */
  readonly headers: Headers;
}

const LENGTH_BYTES = 4;

/**
 * Updates that are held back, as stores and changelogs have them: the length of the change (32 bits), the change, then the
 * headers.
 */
export function suppressedSerde<V>(valueSerde: Serde<V>): Serde<Suppressed<V>> {
  const changes = changeSerde(valueSerde);
  return Object.freeze({
    name: `suppressed ${valueSerde.name}`,
    serialize({ change, headers }: Suppressed<V>): Buffer {
      const bytes = changes.serialize(change);
      return Buffer.concat([lengthBytes(bytes.length), bytes, ...headersToBytes(headers)]);
    },
    deserialize(bytes: Buffer): Suppressed<V> {
      const end = LENGTH_BYTES + bytes.readUInt32BE(0);
      const change = changes.deserialize(bytes.subarray(LENGTH_BYTES, end));
      return { change, headers: headersFromBytes(bytes, end) };
    },
  });
}
