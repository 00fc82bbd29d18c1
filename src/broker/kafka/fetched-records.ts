import { type Header, NO_HEADERS } from '../../core/headers.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { ConsumedRecord } from '../port.ts';
import { checksum } from './checksum.ts';
import { decompress } from './compression.ts';
import { readInt64 } from './int64.ts';
import { ATTRIBUTE, BATCH } from './record-batch-layout.ts';

/** A transaction that was aborted: records of the producer from that offset on, up to its abort marker, are void. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** Record batches of a partition as a broker sent them. */
export interface FetchedBatches {
  readonly bytes: Buffer;
  readonly aborted: readonly AbortedTransaction[];
  /** The offset that was asked for: batches may begin before it. */
  readonly fromOffset: number;
}

/** Some of the records that were fetched. */
export interface TakenRecords {
  readonly records: readonly ConsumedRecord[];
  /** Where reading goes on: beyond aborted records, control records and what compaction took. */
  readonly nextOffset: number;
  /** About how many bytes the records have. */
  readonly bytes: number;
}

const ABORT_MARKER = 0;

/**
 * Decodes fetched batches bit by bit, and leaves out what was not committed.
 *
 * As in the Java client: the aborted transactions are sorted by first offset (the broker's order is another), and walking
 * batch by batch a producer is void from the first offset of an aborted transaction on until its abort marker, which is a
 * control record of type 0. A producer may abort several times in one answer, and the marker may be beyond it.
 */
export class FetchedRecords {
  readonly #bytes: Buffer;
  readonly #aborted: readonly AbortedTransaction[];
  readonly #void = new Set<number>();
  #abortedAt = 0;
  #nextOffset: number;
  /** Where the next batch begins. */
  #at = 0;
  /** The batch that was begun: its records, and how many of them are left. */
  #records: Buffer = Buffer.alloc(0);
  #recordAt = 0;
  #left = 0;
  #baseOffset = 0;
  #afterBatch = 0;
  #baseTimestamp = 0;
  /** The one timestamp of all records, where the broker gave it. */
  #appendTimestamp: number | undefined;

  constructor({ bytes, aborted, fromOffset }: FetchedBatches) {
    this.#bytes = bytes;
    this.#aborted = aborted.length > 1 ? aborted.toSorted((a, b) => a.firstOffset - b.firstOffset) : aborted;
    this.#nextOffset = fromOffset;
  }

  /** Bytes that are held until all is taken. */
  get byteLength(): number {
    return this.#bytes.length;
  }

  /** Where the next fetch goes on: after the last whole batch. */
  get endOffset(): number {
    let end = this.#nextOffset;
    for (let at = this.#at; hasBatch(this.#bytes, at); at = afterBatch(this.#bytes, at)) {
      const last = readInt64(this.#bytes, at) + this.#bytes.readInt32BE(at + BATCH.lastOffsetDelta);
      end = Math.max(end, last + 1);
    }
    return end;
  }

  /** Whether all has been taken. */
  get isEmpty(): boolean {
    return this.#left === 0 && !hasBatch(this.#bytes, this.#at);
  }

  /** Takes records until they have `maxBytes`, at least one where there is one. Throws RECORD_INVALID. */
  take(maxBytes: number): TakenRecords {
    const records: ConsumedRecord[] = [];
    let bytes = 0;
    while (bytes < maxBytes || records.length === 0) {
      if (this.#left === 0) {
        if (!hasBatch(this.#bytes, this.#at)) break;
        this.#openBatch();
        continue;
      }
      bytes += this.#takeRecords(records, maxBytes - bytes);
    }
    // Markers right behind the last record go with it, so that whoever has all records has reached the end.
    while (this.#left === 0 && hasBatch(this.#bytes, this.#at) && this.#isSkipped()) this.#openBatch();
    return { records, nextOffset: this.#nextOffset, bytes };
  }

  #isSkipped(): boolean {
    return (this.#bytes.readInt16BE(this.#at + BATCH.attributes) & ATTRIBUTE.control) !== 0;
  }

  #openBatch(): void {
    const all = this.#bytes;
    const batch = all.subarray(this.#at, afterBatch(all, this.#at));
    this.#at += batch.length;
    this.#baseOffset = readInt64(batch, BATCH.baseOffset);
    const lastOffset = this.#baseOffset + batch.readInt32BE(BATCH.lastOffsetDelta);
    this.#expectWhole(batch);
    for (let next = this.#aborted[this.#abortedAt]; next !== undefined && next.firstOffset <= lastOffset;) {
      this.#void.add(next.producerId);
      next = this.#aborted[++this.#abortedAt];
    }
    const attributes = batch.readInt16BE(BATCH.attributes);
    const producerId = readInt64(batch, BATCH.producerId);
    this.#afterBatch = lastOffset + 1;
    if ((attributes & ATTRIBUTE.control) !== 0) {
      if (controlType(batch) === ABORT_MARKER) this.#void.delete(producerId);
      this.#skipBatch();
    } else if ((attributes & ATTRIBUTE.transactional) !== 0 && this.#void.has(producerId)) {
      this.#skipBatch();
    } else {
      this.#beginRecords(batch, attributes);
    }
  }

  #skipBatch(): void {
    if (this.#afterBatch > this.#nextOffset) this.#nextOffset = this.#afterBatch;
  }

  #beginRecords(batch: Buffer, attributes: number): void {
    const compression = attributes & ATTRIBUTE.compression;
    const records = batch.subarray(BATCH.records);
    this.#left = batch.readInt32BE(BATCH.recordCount);
    this.#records = compression === 0 ? records : decompress(compression, records);
    this.#recordAt = 0;
    this.#baseTimestamp = readInt64(batch, BATCH.baseTimestamp);
    const appended = (attributes & ATTRIBUTE.logAppendTime) !== 0;
    this.#appendTimestamp = appended ? readInt64(batch, BATCH.maxTimestamp) : undefined;
    if (this.#left === 0) this.#skipBatch();
  }

  #takeRecords(into: ConsumedRecord[], maxBytes: number): number {
    const cursor = new RecordCursor(this.#records, this.#recordAt);
    const firstOffset = this.#nextOffset;
    let taken = 0;
    while (this.#left > 0 && (taken < maxBytes || taken === 0)) {
      const start = cursor.at;
      const length = cursor.readVarint();
      const end = cursor.at + length;
      cursor.at += 1;
      const timestamp = this.#appendTimestamp ?? this.#baseTimestamp + cursor.readVarint();
      if (this.#appendTimestamp !== undefined) cursor.readVarint();
      const offset = this.#baseOffset + cursor.readVarint();
      if (offset >= firstOffset) {
        into.push({
          key: cursor.readField(),
          value: cursor.readField(),
          timestamp,
          headers: cursor.readHeaders(),
          offset,
        });
        this.#nextOffset = offset + 1;
        taken += end - start;
      }
      cursor.at = end;
      this.#left -= 1;
    }
    this.#recordAt = cursor.at;
    if (this.#left === 0) {
      this.#skipBatch();
      this.#records = this.#bytes;
    }
    return taken;
  }

  #expectWhole(batch: Buffer): void {
    const magic = batch[BATCH.magic];
    if (magic !== 2) {
      const found = `version ${magic} at offset ${this.#baseOffset}`;
      throw new MillraceError(
        'RECORD_INVALID',
        `Expected record batches of version 2 (Kafka 0.11 and newer), got ${found}`,
      );
    }
    if (checksum(batch.subarray(BATCH.attributes)) === batch.readUInt32BE(BATCH.checksum)) return;
    throw new MillraceError(
      'RECORD_INVALID',
      `Expected a record batch with a checksum that fits, got a damaged one at offset ${this.#baseOffset}`,
    );
  }
}

/** Whether a whole batch begins there: the last one of an answer may be cut off. */
function hasBatch(bytes: Buffer, at: number): boolean {
  return at + BATCH.records <= bytes.length && afterBatch(bytes, at) <= bytes.length;
}

function afterBatch(bytes: Buffer, at: number): number {
  return at + BATCH.afterLength + bytes.readInt32BE(at + BATCH.length);
}

/** The type that the key of a control record has: 0 aborts, 1 commits. */
function controlType(batch: Buffer): number {
  const cursor = new RecordCursor(batch, BATCH.records);
  cursor.readVarint();
  cursor.at += 1;
  cursor.readVarint();
  cursor.readVarint();
  return cursor.readField()?.readInt16BE(2) ?? -1;
}

/** Reads the fields of records one after another. */
class RecordCursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  readVarint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.at++] as number;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  readField(): Buffer | null {
    const length = this.readVarint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    return this.#bytes.subarray(start, this.at);
  }

  readHeaders(): readonly Header[] {
    const count = this.readVarint();
    if (count === 0) return NO_HEADERS;
    const headers: Header[] = [];
    for (let index = 0; index < count; index++) {
      const length = this.readVarint();
      const name = this.#bytes.toString('utf8', this.at, this.at + length);
      this.at += length;
      headers.push([name, this.readField()]);
    }
    return headers;
  }
}
