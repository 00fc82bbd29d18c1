import { type Headers, NO_HEADERS } from '../../core/headers.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { ConsumedRecord, ProducedRecord } from '../port.ts';
import { BATCH_HEADER_BYTES, type BatchHeader, sealBatch, writeBatchHeader } from './batch-header.ts';
import { RecordWriter, recordSize } from './record-writer.ts';
import { VarintReader } from '../../core/varint.ts';

/** Records as the bytes of a batch, which get their offsets when they are appended. */
export interface EncodedBatch {
  readonly bytes: Buffer;
  readonly recordCount: number;
  readonly maxTimestamp: number;
}

/** What a batch that records are taken from may hold. */
export interface BatchLimits {
  readonly maxRecordBytes: number;
  /** Whether every record needs a key, as in a compacted topic. */
  readonly keysRequired: boolean;
}

/** How far a decoding came. */
export interface DecodedBatch {
  /** The offset to go on at: the end of the batch, or after the last record taken where the bytes ran out. */
  readonly nextOffset: number;
  readonly bytes: number;
}

/**
 * Encodes records, their offsets to be given by `sealBatch`.
 * Throws RECORD_TOO_LARGE and RECORD_INVALID with the index of the record.
 */
export function encodeBatch(records: readonly ProducedRecord[], limits: BatchLimits): EncodedBatch {
  let baseTimestamp = Number.MAX_SAFE_INTEGER;
  let maxTimestamp = -1;
  for (let index = 0; index < records.length; index++) {
    const { timestamp } = records[index] as ProducedRecord;
    if (!Number.isSafeInteger(timestamp) || timestamp < -1) throw invalidTimestamp(timestamp, index);
    if (timestamp < baseTimestamp) baseTimestamp = timestamp;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
  }
  let length = BATCH_HEADER_BYTES;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as ProducedRecord;
    const recordBytes = recordSize(record, record.timestamp - baseTimestamp, 0);
    if (recordBytes > limits.maxRecordBytes) throw tooLarge(recordBytes, limits.maxRecordBytes, index);
    if (record.key === null && limits.keysRequired) throw keyMissing(index);
    length += recordBytes;
  }
  const bytes = Buffer.allocUnsafeSlow(length);
  const recordCount = records.length;
  writeBatchHeader(bytes, {
    length,
    recordCount,
    baseOffset: 0,
    nextOffset: recordCount,
    transactionId: 0,
    baseTimestamp,
    maxTimestamp,
    deleteHorizonMs: 0,
  });
  const writer = new RecordWriter(bytes, BATCH_HEADER_BYTES, baseTimestamp);
  for (let index = 0; index < recordCount; index++) writer.write(records[index] as ProducedRecord, 0);
  return { bytes, recordCount, maxTimestamp };
}

/** Encodes records that keep their offsets, as compaction needs it, sealed and ready to write. There may be none. */
export function encodeCompactedBatch(
  records: readonly ConsumedRecord[],
  place: { baseOffset: number; nextOffset: number; deleteHorizonMs: number },
): Buffer {
  const baseTimestamp = records.reduce((least, record) => Math.min(least, record.timestamp), Number.MAX_SAFE_INTEGER);
  const maxTimestamp = records.reduce((most, record) => Math.max(most, record.timestamp), -1);
  let length = BATCH_HEADER_BYTES;
  let expected = place.baseOffset;
  for (const record of records) {
    length += recordSize(record, record.timestamp - baseTimestamp, record.offset - expected);
    expected = record.offset + 1;
  }
  const bytes = Buffer.allocUnsafeSlow(length);
  writeBatchHeader(bytes, {
    ...place,
    length,
    recordCount: records.length,
    transactionId: 0,
    baseTimestamp,
    maxTimestamp,
  });
  const writer = new RecordWriter(bytes, BATCH_HEADER_BYTES, baseTimestamp);
  expected = place.baseOffset;
  for (const record of records) {
    writer.write(record, record.offset - expected);
    expected = record.offset + 1;
  }
  sealBatch(bytes, { ...place, transactionId: 0 });
  return bytes;
}

/**
 * Decodes the records of an intact batch from an offset on into `out`, until about `maxBytes` of them are there, at least
 * one. Keys and values are views of `bytes`.
 */
export function decodeBatch(
  source: { bytes: Buffer; position: number; header: BatchHeader },
  range: { fromOffset: number; maxBytes: number },
  out: ConsumedRecord[],
): DecodedBatch {
  const { bytes, header } = source;
  const { fromOffset, maxBytes } = range;
  const reader = new VarintReader(bytes, source.position + BATCH_HEADER_BYTES);
  const { baseTimestamp, recordCount } = header;
  let nextOffset = header.baseOffset;
  let taken = 0;
  for (let index = 0; index < recordCount; index++) {
    const start = reader.position;
    const keyLength = reader.next() - 1;
    const valueLength = reader.next() - 1;
    const timestamp = baseTimestamp + reader.next();
    const offset = nextOffset + reader.next();
    const headerCount = reader.next();
    const headers = headerCount === 0 ? NO_HEADERS : readHeaders(reader, headerCount);
    const keyStart = reader.position;
    const valueStart = keyLength > 0 ? keyStart + keyLength : keyStart;
    reader.position = valueLength > 0 ? valueStart + valueLength : valueStart;
    nextOffset = offset + 1;
    if (offset < fromOffset) continue;
    out.push({
      key: keyLength < 0 ? null : bytes.subarray(keyStart, valueStart),
      value: valueLength < 0 ? null : bytes.subarray(valueStart, reader.position),
      timestamp,
      headers,
      offset,
    });
    taken += reader.position - start;
    if (taken >= maxBytes && index + 1 < recordCount) return { nextOffset, bytes: taken };
  }
  return { nextOffset: header.nextOffset, bytes: taken };
}

function readHeaders(reader: VarintReader, count: number): Headers {
  const { bytes } = reader;
  const headers: [string, Buffer | null][] = [];
  for (let index = 0; index < count; index++) {
    const nameLength = reader.next();
    const name = bytes.toString('utf8', reader.position, reader.position + nameLength);
    reader.position += nameLength;
    const valueLength = reader.next() - 1;
    headers.push([name, valueLength < 0 ? null : bytes.subarray(reader.position, reader.position + valueLength)]);
    if (valueLength > 0) reader.position += valueLength;
  }
  return headers;
}

function invalidTimestamp(timestamp: number, index: number): MillraceError {
  return new MillraceError(
    'RECORD_INVALID',
    `Expected \`timestamp\` to be whole milliseconds >= -1, got ${timestamp}`,
    {
      context: { record: index },
    },
  );
}

function keyMissing(index: number): MillraceError {
  return new MillraceError('RECORD_INVALID', 'Expected `key` to be bytes in a compacted topic, got null', {
    context: { record: index },
  });
}

function tooLarge(bytes: number, limit: number, index: number): MillraceError {
  return new MillraceError(
    'RECORD_TOO_LARGE',
    `Expected a record of at most ${limit} bytes (max.message.bytes), got ${bytes}`,
    {
      context: { record: index },
    },
  );
}
