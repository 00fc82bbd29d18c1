import type { ProducedRecord } from '../port.ts';
import { checksum } from './checksum.ts';
import { type Compression, compress, compressionNumber } from './compression.ts';
import { writeInt64 } from './int64.ts';
import { ATTRIBUTE, BATCH } from './record-batch-layout.ts';

/** Who writes a batch, and which place it has among those of its partition. */
export interface BatchIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly sequence: number;
  readonly transactional: boolean;
}

const FIRST_BYTES = 16 * 1024;

/** Writes records as one record batch. What it is given is copied at once. */
export class RecordBatchBuilder {
  readonly #limitBytes: number;
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #end: number = BATCH.records;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;

  /** `limitBytes` is about how large it may grow; a larger record still comes alone. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get count(): number {
    return this.#count;
  }

  /** How many bytes it has without compression. */
  get byteLength(): number {
    return this.#end;
  }

  /** Appends a record; false if it belongs into another batch, for this one is full. */
  append(record: ProducedRecord): boolean {
    const { key, value, timestamp, headers } = record;
    if (this.#count === 0) {
      this.#baseTimestamp = timestamp;
      this.#maxTimestamp = timestamp;
    }
    const timestampDelta = timestamp - this.#baseTimestamp;
    const bodyBytes =
      1 +
      sizeOfVarint(timestampDelta) +
      sizeOfVarint(this.#count) +
      sizeOfField(key) +
      sizeOfField(value) +
      sizeOfHeaders(record);
    const end = this.#end + sizeOfVarint(bodyBytes) + bodyBytes;
    if (end > this.#limitBytes && this.#count > 0) return false;
    if (end > this.#bytes.length) this.#grow(end);

    let at = this.#writeVarint(bodyBytes, this.#end);
    this.#bytes[at++] = 0;
    at = this.#writeVarint(timestampDelta, at);
    at = this.#writeVarint(this.#count, at);
    at = this.#writeField(key, at);
    at = this.#writeField(value, at);
    at = this.#writeVarint(headers.length, at);
    for (const [name, content] of headers) {
      at = this.#writeVarint(Buffer.byteLength(name), at);
      at += this.#bytes.write(name, at);
      at = this.#writeField(content, at);
    }
    this.#end = at;
    this.#count += 1;
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    return true;
  }

  /** The batch, to be sent as it is. It must not be appended to afterwards. */
  build(compression: Compression): Buffer {
    const written = this.#bytes.subarray(0, this.#end);
    if (compression === 'none') return this.#finish(written, 0);
    const records = compress(compression, written.subarray(BATCH.records));
    const bytes = Buffer.allocUnsafe(BATCH.records + records.length);
    records.copy(bytes, BATCH.records);
    return this.#finish(bytes, compressionNumber(compression));
  }

  #finish(bytes: Buffer, attributes: number): Buffer {
    writeInt64(bytes, 0, BATCH.baseOffset);
    bytes.writeInt32BE(bytes.length - BATCH.afterLength, BATCH.length);
    bytes.writeInt32BE(-1, BATCH.leaderEpoch);
    bytes[BATCH.magic] = 2;
    bytes.writeInt16BE(attributes, BATCH.attributes);
    bytes.writeInt32BE(this.#count - 1, BATCH.lastOffsetDelta);
    writeInt64(bytes, this.#baseTimestamp, BATCH.baseTimestamp);
    writeInt64(bytes, this.#maxTimestamp, BATCH.maxTimestamp);
    bytes.writeInt32BE(this.#count, BATCH.recordCount);
    return bytes;
  }

  #grow(neededBytes: number): void {
    const bytes = Buffer.allocUnsafe(Math.max(neededBytes, Math.min(this.#bytes.length * 2, this.#limitBytes)));
    this.#bytes.copy(bytes, 0, 0, this.#end);
    this.#bytes = bytes;
  }

  #writeField(field: Buffer | null, at: number): number {
    if (field === null) return this.#writeVarint(-1, at);
    const start = this.#writeVarint(field.length, at);
    field.copy(this.#bytes, start);
    return start + field.length;
  }

  #writeVarint(value: number, at: number): number {
    const bytes = this.#bytes;
    let rest = value >= 0 ? value * 2 : -value * 2 - 1;
    let end = at;
    while (rest >= 0x1000_0000) {
      bytes[end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      bytes[end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[end++] = rest;
    return end;
  }
}

/** Says in a batch who writes it and where its place is, and seals that with the checksum. May be said anew. */
export function identifyBatch(batch: Buffer, identity: BatchIdentity): void {
  const others = batch.readInt16BE(BATCH.attributes) & ~ATTRIBUTE.transactional;
  batch.writeInt16BE(identity.transactional ? others | ATTRIBUTE.transactional : others, BATCH.attributes);
  writeInt64(batch, identity.producerId, BATCH.producerId);
  batch.writeInt16BE(identity.producerEpoch, BATCH.producerEpoch);
  batch.writeInt32BE(identity.sequence, BATCH.baseSequence);
  batch.writeUInt32BE(checksum(batch.subarray(BATCH.attributes)), BATCH.checksum);
}

function sizeOfField(field: Buffer | null): number {
  return field === null ? 1 : sizeOfVarint(field.length) + field.length;
}

function sizeOfHeaders({ headers }: ProducedRecord): number {
  let size = sizeOfVarint(headers.length);
  for (const [name, content] of headers) {
    const nameBytes = Buffer.byteLength(name);
    size += sizeOfVarint(nameBytes) + nameBytes + sizeOfField(content);
  }
  return size;
}

/** Zigzag: small numbers of either sign take few bytes. */
function sizeOfVarint(value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  let size = 1;
  while (rest >= 0x1000_0000) {
    rest = Math.floor(rest / 0x80);
    size += 1;
  }
  while (rest >= 0x80) {
    rest >>>= 7;
    size += 1;
  }
  return size;
}
