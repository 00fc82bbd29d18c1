import { crc32 } from 'node:zlib';
import { MillraceError, type ErrorContext } from '../../core/millrace-error.ts';
import type { EventPlace } from './binlog-reader.ts';
import { commitTimeOfGtidEvent, commitTimeOfTaggedGtidEvent } from './gtid-event-time.ts';

/** A packet of mysql2's parser. It is reused for the next one: nothing of it may be kept. */
export interface MysqlPacket {
  readonly buffer: Buffer;
  readonly start: number;
  end: number;
  /** Packets on the wire that it was put together from. */
  readonly numPackets: number;
}

/** What the tap tells its reader. */
export interface BinlogPacketListener {
  /** Bytes came from the server. */
  onBytes(bytes: number): void;
  /** A transaction without a tag starts, with this GTID, committed at this time where it was first. */
  onGtid(gtid: string, committedAtMs: number): void;
  /** Rows follow, up to a commit. */
  onBegin(): void;
  /** The transaction is committed. */
  onCommit(): void;
  /** A new binlog file begins: table ids of the one before mean nothing any more. */
  onFile(): void;
  /** The stream cannot go on. */
  onFailure(error: MillraceError): void;
  /** Whether the id stands for a table that is asked for and was described before in this file. */
  isCaptured(tableId: number): boolean;
}

const PACKET_HEADER_BYTES = 4;
const EVENT_HEADER_BYTES = 19;
const CHECKSUM_BYTES = 4;
const IGNORABLE_FLAG = 0x80;
const EOF_MARKER = 0xfe;

/** A GTID event begins with flags, then has the UUID and the number. */
const UUID_OFFSET = 1;
const UUID_BYTES = 16;
/** A query event begins with these bytes, then has status variables, database, a zero byte and the text. */
const QUERY_HEADER_BYTES = 13;
const BEGIN = Buffer.from('BEGIN');

const QUERY = 2;
const ROTATE = 4;
const FORMAT_DESCRIPTION = 15;
const XID = 16;
const TABLE_MAP = 19;
const INCIDENT = 26;
const WRITE_ROWS = 30;
const UPDATE_ROWS = 31;
const DELETE_ROWS = 32;
const GTID = 33;
const ANONYMOUS_GTID = 34;
const PARTIAL_UPDATE_ROWS = 39;
const TRANSACTION_PAYLOAD = 40;
const GTID_TAGGED = 42;
const LAST_KNOWN = 42;

/** Events that tell of a setting under which the binlog cannot be read, and what to say. */
const UNSUPPORTED_SETTINGS: { readonly [type: number]: string } = {
  [ANONYMOUS_GTID]: 'Expected each transaction to have a GTID, got one without: SET PERSIST gtid_mode = ON',
  [TRANSACTION_PAYLOAD]:
    'Expected plain transactions, got a compressed one: SET PERSIST binlog_transaction_compression = OFF (and off in every session)',
  [PARTIAL_UPDATE_ROWS]:
    "Expected whole JSON values, got a partial update: SET PERSIST binlog_row_value_options = '' (and in every session)",
};

/**
 * Looks at every packet of the binlog before zongji does, for what zongji does not do:
 *
 * - takes the checksum algorithm from each file's format description, verifies each event's CRC32 and cuts it off, so that
 *   zongji always sees events without one, even when the server's setting changes on the way;
 * - reads the commit time out of GTID events, and the frame of most transactions (GTID, BEGIN, commit) altogether, which is
 *   most of what a small one costs;
 * - stops at every event that is lost or misread otherwise: compressed transactions, partial JSON updates, transactions
 *   without a GTID, incidents, unknown events that are not marked as ignorable;
 * - knows the file and position for messages.
 */
export class BinlogPacketTap {
  /** Milliseconds since the epoch at which the transaction of the last tagged GTID was committed where it was first. */
  committedAtMs = 0;
  #file = '';
  #position = 0;
  #serverId = 0;
  #timestamp = 0;
  #hasChecksum: boolean | undefined = undefined;
  /** The UUID of the last GTID, as bytes and as text. */
  #sourceBytes: Buffer = Buffer.alloc(0);
  #source = '';
  readonly #listener: BinlogPacketListener;

  constructor(listener: BinlogPacketListener) {
    this.#listener = listener;
  }

  /** Where the stream is, for messages. */
  get place(): ErrorContext {
    return { file: this.#file, position: this.#position };
  }

  /** The end of the event that is being read. */
  get eventPlace(): EventPlace {
    return { file: this.#file, position: this.#position, serverId: this.#serverId, timestampSeconds: this.#timestamp };
  }

  /** Looks at a packet and cuts its checksum off. False when zongji must not see it. */
  accept(packet: MysqlPacket): boolean {
    const { buffer } = packet;
    const at = packet.start + PACKET_HEADER_BYTES;
    this.#listener.onBytes(packet.end - at);
    if (buffer[at] === EOF_MARKER)
      return this.#fail('MYSQL_UNREACHABLE', 'Expected the binlog to go on, got the end of the stream');
    if (buffer[at] !== 0) return true;
    const header = at + 1;
    const type = buffer.readUInt8(header + 4);
    this.#position = buffer.readUInt32LE(header + 13);
    this.#serverId = buffer.readUInt32LE(header + 5);
    this.#timestamp = buffer.readUInt32LE(header);
    if (type === FORMAT_DESCRIPTION) this.#readFormat(packet);
    if (!this.#cutChecksum(packet, header, type)) return false;
    return this.#look(packet, header, type);
  }

  #look(packet: MysqlPacket, header: number, type: number): boolean {
    const { buffer } = packet;
    const body = header + EVENT_HEADER_BYTES;
    switch (type) {
      case GTID:
        this.#readGtid(buffer.subarray(body, packet.end), this.#headerTimeMs(buffer, header));
        return false;
      case XID:
        this.#listener.onCommit();
        return false;
      case QUERY:
        if (!isBegin(buffer, body, packet.end)) return true;
        this.#listener.onBegin();
        return false;
      case GTID_TAGGED:
        this.committedAtMs =
          commitTimeOfTaggedGtidEvent(buffer.subarray(body, packet.end)) ?? this.#headerTimeMs(buffer, header);
        return true;
      case ROTATE:
        this.#file = buffer.toString('utf8', body + 8, packet.end);
        return true;
      case TABLE_MAP:
        // An id means one definition within a file: it is not described again.
        return !this.#listener.isCaptured(buffer.readUIntLE(body, 6));
      case WRITE_ROWS:
      case UPDATE_ROWS:
      case DELETE_ROWS:
        return this.#listener.isCaptured(buffer.readUIntLE(body, 6));
      case PARTIAL_UPDATE_ROWS:
        if (!this.#listener.isCaptured(buffer.readUIntLE(body, 6))) return false;
        return this.#refuse(type, 0);
      default:
        return this.#refuse(type, buffer.readUInt16LE(header + 17));
    }
  }

  /** Stops at what cannot be read; true for what can, or may be left unread. */
  #refuse(type: number, flags: number): boolean {
    const setting = UNSUPPORTED_SETTINGS[type];
    if (setting !== undefined) return this.#fail('MYSQL_SETTING_UNSUPPORTED', setting);
    if (type === INCIDENT) {
      return this.#fail(
        'MYSQL_EVENT_UNREADABLE',
        'Expected the binlog to be whole, got an incident: the server lost events',
      );
    }
    if (type <= LAST_KNOWN || (flags & IGNORABLE_FLAG) !== 0) return true;
    return this.#fail('MYSQL_EVENT_UNREADABLE', `Expected an event that is known, got type ${type}`);
  }

  #readGtid(body: Buffer, headerTimeMs: number): void {
    if (this.#sourceBytes.compare(body, UUID_OFFSET, UUID_OFFSET + UUID_BYTES) !== 0) {
      this.#sourceBytes = Buffer.from(body.subarray(UUID_OFFSET, UUID_OFFSET + UUID_BYTES));
      this.#source = this.#sourceBytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    }
    const number = body.readBigUInt64LE(UUID_OFFSET + UUID_BYTES);
    this.#listener.onGtid(`${this.#source}:${number}`, commitTimeOfGtidEvent(body) ?? headerTimeMs);
  }

  /** The algorithm stands before the checksum, which this event always has. */
  #readFormat(packet: MysqlPacket): void {
    this.#hasChecksum = packet.buffer.readUInt8(packet.end - CHECKSUM_BYTES - 1) === 1;
    this.#listener.onFile();
  }

  #cutChecksum(packet: MysqlPacket, header: number, type: number): boolean {
    const { buffer } = packet;
    const end = packet.end - CHECKSUM_BYTES;
    const matches = () => crc32(buffer.subarray(header, end)) === buffer.readUInt32LE(end);
    // Before the first format description only the bytes themselves tell.
    const hasChecksum = this.#hasChecksum ?? (end > header && matches());
    if (!hasChecksum && type !== FORMAT_DESCRIPTION) return true;
    if (hasChecksum && this.#hasChecksum !== undefined && !matches()) {
      return this.#fail('MYSQL_EVENT_UNREADABLE', 'Expected the checksum of the event to match its bytes');
    }
    packet.end = end;
    buffer.writeUInt32LE(buffer.readUInt32LE(header + 9) - CHECKSUM_BYTES, header + 9);
    return true;
  }

  #headerTimeMs(buffer: Buffer, header: number): number {
    return buffer.readUInt32LE(header) * 1000;
  }

  #fail(code: 'MYSQL_UNREACHABLE' | 'MYSQL_SETTING_UNSUPPORTED' | 'MYSQL_EVENT_UNREADABLE', message: string): false {
    this.#listener.onFailure(new MillraceError(code, message, { context: this.place }));
    return false;
  }
}

function isBegin(buffer: Buffer, body: number, end: number): boolean {
  const text = body + QUERY_HEADER_BYTES + buffer.readUInt16LE(body + 11) + buffer.readUInt8(body + 8) + 1;
  return end - text === BEGIN.length && BEGIN.compare(buffer, text, end) === 0;
}
