import type { Headers } from '../../core/headers.ts';
import type { ProducedRecord } from '../port.ts';
import { varintBytes, writeVarint } from '../../core/varint.ts';

// A record is: key length + 1 (0 is null), value length + 1, timestamp − base timestamp, number of offsets compacted away
// before it, number of headers, the headers (name length, name, value length + 1, value), key, value. All numbers are varints.

/** How many bytes a record takes in a batch. `gap` is the number of offsets compacted away before it. */
export function recordSize(record: ProducedRecord, timestampDelta: number, gap: number): number {
  const { key, value, headers } = record;
  const keyLength = key === null ? 0 : key.length;
  const valueLength = value === null ? 0 : value.length;
  return (
    varintBytes(keyLength + 1) +
    varintBytes(valueLength + 1) +
    varintBytes(timestampDelta) +
    varintBytes(gap) +
    varintBytes(headers.length) +
    (headers.length === 0 ? 0 : headersSize(headers)) +
    keyLength +
    valueLength
  );
}

/** Writes records one after the other into a batch. */
export class RecordWriter {
  readonly #bytes: Buffer;
  readonly #baseTimestamp: number;
  #position: number;

  constructor(bytes: Buffer, position: number, baseTimestamp: number) {
    this.#bytes = bytes;
    this.#position = position;
    this.#baseTimestamp = baseTimestamp;
  }

  write(record: ProducedRecord, gap: number): void {
    const { key, value, headers } = record;
    this.#varint(key === null ? 0 : key.length + 1);
    this.#varint(value === null ? 0 : value.length + 1);
    this.#varint(record.timestamp - this.#baseTimestamp);
    this.#varint(gap);
    this.#varint(headers.length);
    for (let index = 0; index < headers.length; index++) this.#header(headers[index] as Headers[number]);
    if (key !== null) this.#copy(key);
    if (value !== null) this.#copy(value);
  }

  #header(header: Headers[number]): void {
    const [name, value] = header;
    this.#varint(Buffer.byteLength(name));
    this.#position += this.#bytes.write(name, this.#position);
    this.#varint(value === null ? 0 : value.length + 1);
    if (value !== null) this.#copy(value);
  }

  #varint(value: number): void {
    if (value < 0x80) this.#bytes[this.#position++] = value;
    else this.#position = writeVarint(this.#bytes, this.#position, value);
  }

  #copy(from: Buffer): void {
    const to = this.#bytes;
    const start = this.#position;
    const { length } = from;
    if (length > LOOP_COPY_BYTES) to.set(from, start);
    else for (let index = 0; index < length; index++) to[start + index] = from[index] as number;
    this.#position = start + length;
  }
}

// Up to this many bytes a loop is quicker than the call into native code.
const LOOP_COPY_BYTES = 24;

function headersSize(headers: Headers): number {
  let size = 0;
  for (const [name, value] of headers) {
    const nameLength = Buffer.byteLength(name);
    size +=
      varintBytes(nameLength) + nameLength + varintBytes(value === null ? 0 : value.length + 1) + (value?.length ?? 0);
  }
  return size;
}
