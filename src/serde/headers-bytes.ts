import { type Header, type Headers, NO_HEADERS } from '../core/headers.ts';

const LENGTH_BYTES = 4;
/** The length of a header's value that is null. */
const NULL = 0xffff_ffff;

/** A length as 32 bits. */
export function lengthBytes(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
}

/** The bytes of headers: for each the length of its name, the name, the length of its value (all ones for null), the value. */
export function headersToBytes(headers: Headers): Buffer[] {
  return headers.flatMap(headerBytes);
}

/** Reads the headers that fill bytes from a place on. */
export function headersFromBytes(bytes: Buffer, from: number): Headers {
  if (from === bytes.length) return NO_HEADERS;
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

function headerBytes([name, value]: Header): Buffer[] {
  const nameBytes = Buffer.from(name);
  const start = [lengthBytes(nameBytes.length), nameBytes];
  return value === null ? [...start, lengthBytes(NULL)] : [...start, lengthBytes(value.length), value];
}
