import { crc32 } from 'node:zlib';

/** Bytes of the header in front of the records of a batch. */
export const BATCH_HEADER_BYTES = 72;

const MAGIC = 0x3142524d; // "MRB1", little-endian
const CRC_AT = 4;
const LENGTH_AT = 8;
const RECORD_COUNT_AT = 12;
const BASE_OFFSET_AT = 16;
const NEXT_OFFSET_AT = 24;
const TRANSACTION_ID_AT = 32;
const BASE_TIMESTAMP_AT = 40;
const MAX_TIMESTAMP_AT = 48;
const DELETE_HORIZON_AT = 56;
// Bytes 64 to 71 are zero: room for attributes such as compression.

/** What stands before the records of a batch. Numbers of 8 bytes are doubles: offsets are exact to 2^53 everywhere. */
export interface BatchHeader {
  /** Bytes of the batch, header included. */
  readonly length: number;
  readonly recordCount: number;
  /** The offset at which the batch begins: always the `nextOffset` of the batch before it. */
  readonly baseOffset: number;
  /** The offset after the batch; offsets in between that no record has were compacted away. */
  readonly nextOffset: number;
  /** The transaction that wrote the batch; 0 for none. */
  readonly transactionId: number;
  /** The least timestamp in the batch: those of records are kept as differences to it. */
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** From when on compaction may drop the tombstones of the batch, in milliseconds since the epoch; 0 while not compacted. */
  readonly deleteHorizonMs: number;
}

/** What `inspectBatch` finds: a good batch, one whose end is missing, or bytes that are no batch. */
export type BatchCondition = 'intact' | 'incomplete' | 'damaged';

/** Writes a header without its checksum, which `sealBatch` adds when offsets are known. */
export function writeBatchHeader(bytes: Buffer, header: BatchHeader): void {
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(header.length, LENGTH_AT);
  bytes.writeUInt32LE(header.recordCount, RECORD_COUNT_AT);
  bytes.writeDoubleLE(header.baseOffset, BASE_OFFSET_AT);
  bytes.writeDoubleLE(header.nextOffset, NEXT_OFFSET_AT);
  bytes.writeDoubleLE(header.transactionId, TRANSACTION_ID_AT);
  bytes.writeDoubleLE(header.baseTimestamp, BASE_TIMESTAMP_AT);
  bytes.writeDoubleLE(header.maxTimestamp, MAX_TIMESTAMP_AT);
  bytes.writeDoubleLE(header.deleteHorizonMs, DELETE_HORIZON_AT);
  bytes.fill(0, DELETE_HORIZON_AT + 8, BATCH_HEADER_BYTES);
}

/** Gives a batch its offsets and transaction, and the checksum over all of it. May be called again with other offsets. */
export function sealBatch(
  bytes: Buffer,
  place: { baseOffset: number; nextOffset: number; transactionId: number },
): void {
  bytes.writeDoubleLE(place.baseOffset, BASE_OFFSET_AT);
  bytes.writeDoubleLE(place.nextOffset, NEXT_OFFSET_AT);
  bytes.writeDoubleLE(place.transactionId, TRANSACTION_ID_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(LENGTH_AT)), CRC_AT);
}

/** The header at a position; undefined where the bytes are no header. The checksum is `inspectBatch`'s business. */
export function readBatchHeader(bytes: Buffer, position: number): BatchHeader | undefined {
  if (position + BATCH_HEADER_BYTES > bytes.length || bytes.readUInt32LE(position) !== MAGIC) return undefined;
  const length = bytes.readUInt32LE(position + LENGTH_AT);
  if (length < BATCH_HEADER_BYTES) return undefined;
  return {
    length,
    recordCount: bytes.readUInt32LE(position + RECORD_COUNT_AT),
    baseOffset: bytes.readDoubleLE(position + BASE_OFFSET_AT),
    nextOffset: bytes.readDoubleLE(position + NEXT_OFFSET_AT),
    transactionId: bytes.readDoubleLE(position + TRANSACTION_ID_AT),
    baseTimestamp: bytes.readDoubleLE(position + BASE_TIMESTAMP_AT),
    maxTimestamp: bytes.readDoubleLE(position + MAX_TIMESTAMP_AT),
    deleteHorizonMs: bytes.readDoubleLE(position + DELETE_HORIZON_AT),
  };
}

/** Whether a whole, undamaged batch lies at a position, its checksum verified. */
export function inspectBatch(bytes: Buffer, position: number): BatchCondition {
  if (position + BATCH_HEADER_BYTES > bytes.length) return 'incomplete';
  const header = readBatchHeader(bytes, position);
  if (header === undefined) return 'damaged';
  if (position + header.length > bytes.length) return 'incomplete';
  const sum = crc32(bytes.subarray(position + LENGTH_AT, position + header.length));
  return sum === bytes.readUInt32LE(position + CRC_AT) ? 'intact' : 'damaged';
}

/** Whether an undamaged batch begins anywhere after a position: then what is at the position is no torn tail. */
export function intactBatchFollows(bytes: Buffer, position: number): boolean {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  for (let at = bytes.indexOf(magic, position + 1); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (inspectBatch(bytes, at) === 'intact') return true;
  }
  return false;
}
