import type { Header, Headers } from '../../../core/headers.ts';
import { NO_HEADERS } from '../../../core/headers.ts';
import type { Change } from '../../../processor/change-record.ts';
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
/** The length of a header's value that is null. */
const NULL = 0xffff_ffff;

/**
 * Updates that are held back, as stores and changelogs have them: the length of the change (32 bits), the change, then for
 * each header the length of its name, the name, the length of its value (all ones for null), the value.
 */
export function suppressedSerde<V>(valueSerde: Serde<V>): Serde<Suppressed<V>> {
  const changes = changeSerde(valueSerde);
  return Object.freeze({
    name: `suppressed ${valueSerde.name}`,
    serialize({ change, headers }: Suppressed<V>): Buffer {
      const bytes = changes.serialize(change);
      return Buffer.concat([lengthBytes(bytes.length), bytes, ...headers.flatMap(headerBytes)]);
    },
    deserialize(bytes: Buffer): Suppressed<V> {
      const end = LENGTH_BYTES + bytes.readUInt32BE(0);
      const change = changes.deserialize(bytes.subarray(LENGTH_BYTES, end));
      return { change, headers: end === bytes.length ? NO_HEADERS : headersFrom(bytes, end) };
    },
  });
}

function headerBytes([name, value]: Header): Buffer[] {
  const nameBytes = Buffer.from(name);
  const start = [lengthBytes(nameBytes.length), nameBytes];
  return value === null ? [...start, lengthBytes(NULL)] : [...start, lengthBytes(value.length), value];
}

function headersFrom(bytes: Buffer, from: number): Headers {
  const headers: Header[] = [];
  for (let at = from; at < bytes.length;) {
    const nameEnd = at + LENGTH_BYTES + bytes.readUInt32BE(at);
    const name = bytes.toString('utf8', at + LENGTH_BYTES, nameEnd);
    const valueAt = nameEnd + LENGTH_BYTES;
    const valueLength = bytes.readUInt32BE(nameEnd);
    at = valueLength === NULL ? valueAt : valueAt + valueLength;
    headers.push([name, valueLength === NULL ? null : bytes.subarray(valueAt, at)]);
  }
  return headers;
}

function lengthBytes(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
}
