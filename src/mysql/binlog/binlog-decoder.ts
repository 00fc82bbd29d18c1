import { crc32 } from 'node:zlib';
import { MillraceError, type ErrorContext } from '../../core/millrace-error.ts';
import type { TableName, TableSchema } from '../schema/column-schema.ts';
import { BinlogEventType as Type } from './binlog-event-type.ts';
import type { BinlogEvent, BinlogPlace, EventPlace, StatementExecuted } from './binlog-reader.ts';
import { ByteCursor } from './byte-cursor.ts';
import { eventFailure, excerptOf, isOfOneEvent } from './event-failure.ts';
import { EVENT_HEADER_BYTES, IGNORABLE_FLAG, readEventHeader, type EventHeader } from './event-header.ts';
import { hasChecksums } from './format-description.ts';
import { GtidEventReader, readMariadbGtid, type GtidEvent } from './gtid-event.ts';
import type { TableNaming } from './mapped-schema.ts';
import { readQueryEvent } from './query-event.ts';
import { readRowsHeader, RowsCursor, type RowsHeader, type TableVersion } from './rows-cursor.ts';
import { TableVersions } from './table-versions.ts';
import { TransactionFrame } from './transaction-frame.ts';
import { TransactionPayload } from './transaction-payload.ts';

/** What a decoder needs beyond the events. */
export interface BinlogDecoderOptions {
  /** Tables whose rows are wanted. */
  readonly tables: readonly TableName[];
  readonly naming: TableNaming;
  /**
   * The schema of a table at this moment of the stream, for servers that do not tell it (binlog_row_metadata=MINIMAL).
   * Without it such a table is refused.
   */
  readonly describe?: (table: TableName) => Promise<TableSchema>;
  /** Told of each statement when it is decoded, before anything behind it is. */
  readonly onStatement?: (statement: StatementExecuted) => void;
  /** Whether events of rows that cannot be read are handed over instead of thrown. */
  readonly quarantine?: boolean;
}

const CHECKSUM_BYTES = 4;
/** Names end with a number, and what comes before it can be printed. */
const FILE_NAME = /^\P{Cc}+\.\d+$/u;
/** The table id of a row event that only ends a statement. */
const DUMMY_TABLE_ID = 0xff_ff_ff;
const ROW_EVENTS = new Set<number>([
  Type.WRITE_ROWS_V1,
  Type.UPDATE_ROWS_V1,
  Type.DELETE_ROWS_V1,
  Type.WRITE_ROWS,
  Type.UPDATE_ROWS,
  Type.DELETE_ROWS,
  Type.PARTIAL_UPDATE_ROWS,
]);
/**
 * Events that say nothing of rows: variables and files of statements logged as text, ends of files, sets of GTIDs of earlier
 * files, what group replication tells its members.
 */
const SILENT_EVENTS = new Set<number>([
  5,
  9,
  11,
  13,
  14,
  17,
  Type.STOP,
  Type.IGNORABLE,
  Type.TRANSACTION_CONTEXT,
  Type.VIEW_CHANGE,
]);

/**
 * Turns the events of a binlog, one after the other, into what the port hands over. It verifies checksums, knows file,
 * position and GTID, and the tables as they were described last.
 *
 * An event may hold more than is wise to read at once (many rows, a compressed transaction): then `isBusy` is true after
 * `decode`, and `proceed` goes on. Nothing is read ahead.
 */
export class BinlogDecoder {
  readonly #options: BinlogDecoderOptions;
  readonly #gtids = new GtidEventReader();
  readonly #tables: TableVersions;
  readonly #frame: TransactionFrame;
  #file = '';
  /** Where the last event with a place begins and ends. */
  #start = 0;
  #position = 0;
  #hasChecksum: boolean | undefined = undefined;
  #rows: { cursor: RowsCursor; header: RowsHeader; table: TableVersion; at: EventPlace } | undefined;
  #bytesRead = 0;
  #payload: TransactionPayload | undefined;
  /** The event that is being read, for errors. */
  #event: Buffer = Buffer.alloc(0);

  constructor(options: BinlogDecoderOptions) {
    this.#options = options;
    this.#tables = new TableVersions(options);
    this.#frame = new TransactionFrame(options.onStatement ?? (() => undefined));
  }

  /** Where the stream is: the end of the last event. */
  get place(): BinlogPlace {
    return { file: this.#file, position: this.#position };
  }

  /** Whether the last event is not read to its end. */
  get isBusy(): boolean {
    return this.#rows !== undefined || this.#payload !== undefined;
  }

  /** Bytes of events that were read since the beginning; those of compressed ones count as well. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Wants the rows of these tables from now on. */
  watch(tables: readonly TableName[]): void {
    this.#tables.watch(tables);
  }

  /**
   * Reads an event (header, body, checksum) and adds what it says. Throws MYSQL_EVENT_UNREADABLE, MYSQL_UNSUPPORTED_COLUMN,
   * MYSQL_SETTING_UNSUPPORTED, MYSQL_SCHEMA_MISMATCH with file, position, GTID, table and an excerpt of the event's first
   * bytes, and what `describe` throws.
   */
  decode(event: Buffer, out: BinlogEvent[]): Promise<void> | undefined {
    this.#event = event;
    this.#bytesRead += event.length;
    try {
      const header = readEventHeader(event);
      if (header.length !== event.length) throw unreadable(`an event of ${header.length} bytes, got ${event.length}`);
      const whole = this.#withoutChecksum(event, header);
      this.#advance(header);
      this.#event = whole;
      const pending = this.#read(whole, header, out);
      return pending?.catch((error: unknown) => this.#fail(error, out));
    } catch (error) {
      this.#fail(error, out);
      return undefined;
    }
  }

  /** Goes on with an event that is not read to its end. */
  proceed(out: BinlogEvent[]): Promise<void> | undefined {
    try {
      const pending = this.#rows === undefined ? this.#nextInPayload(out) : this.#nextRows(out);
      return pending?.catch((error: unknown) => this.#fail(error, out));
    } catch (error) {
      this.#fail(error, out);
      return undefined;
    }
  }

  #nextInPayload(out: BinlogEvent[]): Promise<void> | undefined {
    const payload = this.#payload;
    if (payload === undefined) return undefined;
    if (payload.isAtEnd) {
      this.#payload = undefined;
      return payload.close();
    }
    const event = payload.next();
    if (event === undefined) return payload.fill();
    this.#event = event;
    this.#bytesRead += event.length;
    const header = readEventHeader(event);
    if (header.type === Type.TRANSACTION_PAYLOAD) throw unreadable('no compressed transaction in another');
    return this.#read(event, header, out);
  }

  #read(event: Buffer, header: EventHeader, out: BinlogEvent[]): Promise<void> | undefined {
    const cursor = new ByteCursor(event, EVENT_HEADER_BYTES);
    if (ROW_EVENTS.has(header.type)) {
      this.#onRows(cursor, header, out);
      return undefined;
    }
    switch (header.type) {
      case Type.TABLE_MAP:
        return this.#tables.describe(cursor);
      case Type.GTID:
      case Type.GTID_TAGGED:
      case Type.ANONYMOUS_GTID:
      case Type.MARIADB_GTID:
        this.#onGtid(cursor, header, out);
        return undefined;
      case Type.TRANSACTION_PAYLOAD:
        this.#payload = new TransactionPayload(cursor.rest());
        return undefined;
      default:
        this.#onFrame(cursor, header, out);
        return undefined;
    }
  }

  #onFrame(cursor: ByteCursor, header: EventHeader, out: BinlogEvent[]): void {
    switch (header.type) {
      case Type.QUERY:
        return this.#frame.onQuery(
          readQueryEvent(cursor, this.#options.naming),
          { at: this.#placeOf(header), next: this.place },
          out,
        );
      case Type.EXECUTE_LOAD_QUERY:
        return this.#frame.onQuery(
          readQueryEvent(cursor, this.#options.naming, true),
          { at: this.#placeOf(header), next: this.place },
          out,
        );
      case Type.XID:
        return this.#frame.onCommit(this.place, out);
      case Type.XA_PREPARE:
        return this.#frame.onPrepare(cursor, this.place, out);
      case Type.ROWS_QUERY:
      case Type.MARIADB_ANNOTATE_ROWS:
        if (header.type === Type.ROWS_QUERY) cursor.uint8();
        this.#frame.query = cursor.rest().toString('utf8');
        return undefined;
      case Type.FORMAT_DESCRIPTION:
      case Type.ROTATE:
        return this.#onFile(cursor, header);
      case Type.HEARTBEAT:
      case Type.HEARTBEAT_V2:
        return this.#onHeartbeat(cursor, header, out);
      case Type.INCIDENT:
        throw unreadable('the binlog to be whole, got an incident: the server lost events');
      case Type.PREVIOUS_GTIDS:
      case Type.MARIADB_GTID_LIST:
      case Type.MARIADB_BINLOG_CHECKPOINT:
        // The last events before the transactions of a file.
        return this.#frame.onHeartbeat(this.place, out);
      default:
        if (SILENT_EVENTS.has(header.type) || (header.flags & IGNORABLE_FLAG) !== 0) return undefined;
        throw unreadable(`an event that is known, got type ${header.type}`);
    }
  }

  #onGtid(cursor: ByteCursor, header: EventHeader, out: BinlogEvent[]): void {
    this.#frame.onBegin(this.#readGtid(cursor, header), this.#placeOf(header), out);
  }

  #readGtid(cursor: ByteCursor, { type, serverId }: EventHeader): GtidEvent {
    if (type === Type.GTID) return this.#gtids.read(cursor);
    if (type === Type.GTID_TAGGED) return this.#gtids.readTagged(cursor);
    if (type === Type.MARIADB_GTID) return readMariadbGtid(cursor, serverId);
    return { gtid: null, committedAtUs: this.#gtids.readAnonymous(cursor), isInside: false };
  }

  #onRows(cursor: ByteCursor, header: EventHeader, out: BinlogEvent[]): void {
    const rows = readRowsHeader(cursor, header.type);
    if (rows.tableId === DUMMY_TABLE_ID) return;
    const table = this.#tables.versionOf(rows.tableId);
    if (table === undefined) return;
    this.#rows = { cursor: new RowsCursor(cursor, header.type, table), header: rows, table, at: this.#placeOf(header) };
    this.#nextRows(out);
  }

  #nextRows(out: BinlogEvent[]): undefined {
    const rows = this.#rows;
    if (rows === undefined) return undefined;
    const slice = rows.cursor.next();
    const { table, header, at } = rows;
    this.#frame.onRows(slice, { table: table.schema, flags: header.flags, at, bytes: this.#event }, out);
    if (!rows.cursor.hasMore) this.#rows = undefined;
    return undefined;
  }

  /** A file begins: table ids of the one before mean nothing any more. */
  #onFile(cursor: ByteCursor, header: EventHeader): void {
    this.#tables.clear();
    if (header.type !== Type.ROTATE) return;
    this.#position = cursor.position();
    this.#file = cursor.rest().toString('utf8');
    if (!FILE_NAME.test(this.#file)) throw unreadable('the name of a binlog file');
  }

  #onHeartbeat(cursor: ByteCursor, header: EventHeader, out: BinlogEvent[]): void {
    if (header.type === Type.HEARTBEAT_V2) this.#readHeartbeat(cursor);
    else this.#file = cursor.rest().toString('utf8');
    this.#frame.onHeartbeat(this.place, out);
  }

  /** File and position, each with its number and its length before it. */
  #readHeartbeat(cursor: ByteCursor): void {
    while (!cursor.isAtEnd) {
      const field = cursor.packedNumber();
      if (field === 0) return;
      const value = new ByteCursor(cursor.packedBytes());
      if (field === 1) this.#file = value.rest().toString('utf8');
      else if (field === 2) this.#position = value.packedNumber();
    }
  }

  /** Positions in headers have 32 bits, and a file may be larger; they only ever grow within one. */
  #advance(header: EventHeader): void {
    if (header.endPosition === 0) return;
    const high = Math.floor(this.#position / 2 ** 32) * 2 ** 32;
    const position = high + header.endPosition;
    this.#position = position < this.#position ? position + 2 ** 32 : position;
    this.#start = this.#position - header.length;
  }

  /** Where an event begins. One of a compressed transaction has no place of its own: it is where that is. */
  #placeOf({ serverId, timestampSeconds }: EventHeader): EventPlace {
    return { file: this.#file, position: this.#start, serverId, timestampSeconds };
  }

  /** The event without its checksum, which is verified. Each file says in its first event whether there are any. */
  #withoutChecksum(event: Buffer, header: EventHeader): Buffer {
    const end = event.length - CHECKSUM_BYTES;
    if (end < EVENT_HEADER_BYTES) {
      if (this.#hasChecksum === true) throw unreadable('an event to have a checksum');
      return event;
    }
    const isFormat = header.type === Type.FORMAT_DESCRIPTION;
    if (isFormat) this.#hasChecksum = hasChecksums(event);
    const body = event.subarray(0, end);
    // Before the first of them only the bytes themselves tell; and only the name of the file comes before it.
    if (this.#hasChecksum === undefined && header.type !== Type.ROTATE) throw unreadable('a format description first');
    if (this.#hasChecksum === undefined) return crc32(body) === event.readUInt32LE(end) ? body : event;
    if (!this.#hasChecksum) return isFormat ? body : event;
    if (crc32(body) !== event.readUInt32LE(end)) throw unreadable('the checksum of an event to match its bytes');
    return body;
  }

  /** Throws the error with its place, or hands the event over where that is wanted and possible. */
  #fail(error: unknown, out: BinlogEvent[]): void {
    const failure = eventFailure(error).at(this.#context());
    const type = this.#event.length > 4 ? this.#event.readUInt8(4) : 0;
    const isRows = ROW_EVENTS.has(type) || type === Type.TABLE_MAP;
    if (this.#options.quarantine !== true || !isRows || !isOfOneEvent(failure)) throw failure;
    const firstRow = this.#rows?.cursor.rowsRead ?? 0;
    this.#rows = undefined;
    out.push({ kind: 'unreadable', bytes: this.#event, error: failure, firstRow });
  }

  #context(): ErrorContext {
    const event = this.#event;
    return {
      file: this.#file,
      position: this.#position,
      gtid: this.#frame.gtid ?? undefined,
      table: this.#tables.lastName,
      event: event.length > 4 ? event.readUInt8(4) : undefined,
      bytes: excerptOf(event),
    };
  }
}

function unreadable(expected: string): MillraceError {
  return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected ${expected}`);
}
