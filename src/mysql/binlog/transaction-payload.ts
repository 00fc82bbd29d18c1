import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { MillraceError } from '../../core/millrace-error.ts';
import { ByteCursor } from './byte-cursor.ts';
import { EVENT_HEADER_BYTES } from './event-header.ts';

/** What a TRANSACTION_PAYLOAD event says of its contents, and these. */
interface Payload {
  readonly isCompressed: boolean;
  /** Bytes of the events in it. */
  readonly size: number;
  readonly data: Buffer;
}

/** Fields of the event. Source: `Transaction_payload_event` in `control_events.h`. */
const END = 0;
const PAYLOAD_SIZE = 1;
const COMPRESSION = 2;
const UNCOMPRESSED_SIZE = 3;
/** Kinds of compression. */
const ZSTD = 0;
const NONE = 255;

/** Up to so many bytes are decompressed at once; beyond that a piece at a time. */
const AT_ONCE_BYTES = 1 << 20;
const PIECE_BYTES = 256 << 10;
const LENGTH_OFFSET = 9;

/**
 * The events in a TRANSACTION_PAYLOAD event, one after the other, without holding more of them than the largest needs. They
 * have no checksums of their own, and no positions.
 */
export class TransactionPayload {
  #waiting: Buffer;
  #left: number;
  readonly #pieces: AsyncIterator<Buffer> | undefined;

  /** `body` is that of the event. Throws MYSQL_EVENT_UNREADABLE. */
  constructor(body: Buffer) {
    const { isCompressed, size, data } = readPayload(body);
    this.#left = size;
    if (!isCompressed) {
      this.#waiting = data;
    } else if (size <= AT_ONCE_BYTES) {
      this.#waiting = zstdDecompressSync(data, { maxOutputLength: Math.max(size, 1) });
    } else {
      this.#waiting = Buffer.alloc(0);
      const stream = Readable.from([data]).pipe(createZstdDecompress({ chunkSize: PIECE_BYTES }));
      this.#pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    }
    if (this.#pieces === undefined && this.#waiting.length !== size) throw unreadable('its size');
  }

  /** The next event, when it can be had without waiting. Throws MYSQL_EVENT_UNREADABLE. */
  next(): Buffer | undefined {
    const waiting = this.#waiting;
    if (waiting.length < EVENT_HEADER_BYTES) return undefined;
    const length = waiting.readUInt32LE(LENGTH_OFFSET);
    if (length < EVENT_HEADER_BYTES || length > this.#left) throw unreadable('whole events');
    if (waiting.length < length) return undefined;
    this.#waiting = waiting.subarray(length);
    this.#left -= length;
    return waiting.subarray(0, length);
  }

  /** Whether everything was handed over. */
  get isAtEnd(): boolean {
    return this.#left === 0;
  }

  /** Decompresses until `next` has an event. Throws MYSQL_EVENT_UNREADABLE when there is none. */
  async fill(): Promise<void> {
    await this.#fillTo(EVENT_HEADER_BYTES);
    await this.#fillTo(this.#waiting.readUInt32LE(LENGTH_OFFSET));
  }

  /** Frees what decompresses. */
  async close(): Promise<void> {
    await this.#pieces?.return?.();
  }

  async #fillTo(bytes: number): Promise<void> {
    const parts = [this.#waiting];
    let length = this.#waiting.length;
    while (length < bytes) {
      const piece = await this.#nextPiece();
      if (piece === undefined) throw unreadable('whole events');
      parts.push(piece);
      length += piece.length;
    }
    if (parts.length > 1) this.#waiting = Buffer.concat(parts);
  }

  async #nextPiece(): Promise<Buffer | undefined> {
    if (this.#pieces === undefined) return undefined;
    try {
      const { value, done } = await this.#pieces.next();
      return done === true ? undefined : value;
    } catch (error) {
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a compressed transaction, got bytes that are none', {
        cause: error,
      });
    }
  }
}

function readPayload(body: Buffer): Payload {
  const cursor = new ByteCursor(body);
  let compression = NONE;
  let payloadBytes: number | undefined;
  let size: number | undefined;
  for (;;) {
    const field = cursor.packedNumber();
    if (field === END) break;
    const value = new ByteCursor(cursor.packedBytes());
    if (field === PAYLOAD_SIZE) payloadBytes = value.packedNumber();
    else if (field === COMPRESSION) compression = value.packedNumber();
    else if (field === UNCOMPRESSED_SIZE) size = value.packedNumber();
  }
  const data = cursor.rest();
  if (payloadBytes !== data.length) throw unreadable('its size');
  if (compression !== ZSTD && compression !== NONE) throw unreadable(`zstd, got compression ${compression}`);
  const isCompressed = compression === ZSTD;
  if (isCompressed && size === undefined) throw unreadable('its uncompressed size');
  return { isCompressed, size: isCompressed ? (size as number) : data.length, data };
}

function unreadable(expected: string): MillraceError {
  return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected a compressed transaction to have ${expected}`);
}
