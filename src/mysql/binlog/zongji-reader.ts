import ZongJi from '@vlasky/zongji';
import { MillraceError } from '../../core/millrace-error.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { driverOptions } from '../connection/mysql-connection.ts';
import { isDriverError, toMysqlError } from '../connection/mysql-error.ts';
import type { TableName } from '../schema/column-schema.ts';
import type { BinlogRow } from '../values/row-codec.ts';
import type { BinlogEvent, BinlogPlace, BinlogReader, RowsChanged } from './binlog-reader.ts';
import { BinlogPacketTap, type BinlogPacketListener, type MysqlPacket } from './binlog-packet-tap.ts';
import {
  toZongjiTable,
  type TableNaming,
  type ZongjiColumn,
  type ZongjiTable,
  type ZongjiTableMap,
} from './zongji-table.ts';

/** How a reader connects, and how much it may hold. */
export interface ZongjiReaderOptions {
  readonly address: MysqlAddress;
  /** Tables whose rows are wanted. */
  readonly tables: readonly TableName[];
  /** The id that the server knows this replica by; it must be its own among all replicas. */
  readonly serverId: number;
  /** Bytes of events that may wait to be taken before the server is held back. */
  readonly queueBytes: number;
  readonly naming: TableNaming;
}

/** The connection of mysql2 below zongji, as far as it is used. */
interface BinlogConnection {
  readonly stream: { pause(): void; resume(): void };
  handlePacket(packet: MysqlPacket | undefined): void;
  /** Counts packets, which it does itself for those it handles. */
  _bumpSequenceId(packets: number): void;
  query(sql: string, done: (error: Error | null) => void): void;
}

/** A row event of zongji. */
interface ZongjiRows {
  readonly tableId: number;
  readonly rows: readonly unknown[];
  readonly columns_present_bitmap: Buffer;
  readonly columns_present_bitmap2?: Buffer;
  readonly numberOfColumns: number;
  readonly flags: number;
}

/**
 * Flags of a row event: foreign keys were not followed at all (0x02), or by the server and not by the engine (0x10), so that
 * the binlog has what they did.
 */
const NO_UNLOGGED_CASCADES = 0x12;
const HEARTBEAT_MS = 10_000;
/** Heartbeats that may be missed before the connection counts as lost. */
const MISSED_HEARTBEATS = 3;
const EVENTS = ['gtid', 'query', 'xaprepare', 'tablemap', 'writerows', 'updaterows', 'deleterows'];

/**
 * Reads the binlog with zongji.
 *
 * zongji connects, asks for the dump by GTID, frames events and splits rows into columns. What it would lose or misread is
 * caught before it (`BinlogPacketTap`) or read here from the bytes (`toZongjiTable`). While more than `queueBytes` wait,
 * the socket is paused: beyond that only one chunk of it is decoded.
 */
export class ZongjiReader implements BinlogReader {
  readonly #options: ZongjiReaderOptions;
  readonly #zongji: ZongJi;
  readonly #tap: BinlogPacketTap;
  readonly #tables = new Map<number, ZongjiTable>();
  #events: BinlogEvent[] = [];
  #queuedBytes = 0;
  #lastPacketAt = 0;
  #isPaused = false;
  #isInsideTransaction = false;
  #error: MillraceError | undefined;
  #wake: () => void = () => {};
  #watchdog: NodeJS.Timeout | undefined;

  constructor(options: ZongjiReaderOptions) {
    this.#options = options;
    this.#zongji = new ZongJi(driverOptions(options.address));
    // Checksums are verified and cut off by the tap, whatever zongji finds the server's setting to be.
    Object.defineProperty(this.#zongji, 'useChecksum', { get: () => false, set: ignore });
    this.#tap = new BinlogPacketTap(this.#listener());
  }

  async open(gtidSet: string | BinlogPlace): Promise<void> {
    if (typeof gtidSet !== 'string')
      throw new MillraceError(
        'MYSQL_SETTING_UNSUPPORTED',
        'Expected a GTID set to start behind: SET PERSIST gtid_mode = ON',
      );
    const zongji = this.#zongji;
    zongji.on('error', (error) => this.#fail(error));
    zongji.on('ready', () => this.#install());
    zongji.on('binlog', (event) => this.#onEvent(event));
    zongji.start({
      gtidSet,
      serverId: this.#options.serverId,
      includeEvents: EVENTS,
      includeSchema: this.#schemaFilter(),
    });
    const nanoseconds = HEARTBEAT_MS * 1_000_000;
    this.#connection?.query(
      `SET @source_heartbeat_period = ${nanoseconds}, @master_heartbeat_period = ${nanoseconds}, @source_binlog_checksum = 'CRC32', ` +
        '@@SESSION.net_write_timeout = 3600',
      (error) => error !== null && this.#fail(error),
    );
    while (this.#lastPacketAt === 0 && this.#error === undefined) await this.#sleep();
    if (this.#error !== undefined) throw this.#error;
    this.#watchdog = setInterval(() => this.#checkHeartbeat(), HEARTBEAT_MS).unref();
  }

  async read(maxWaitMs: number): Promise<readonly BinlogEvent[]> {
    if (this.#events.length === 0 && this.#error === undefined) await this.#sleep(maxWaitMs);
    if (this.#events.length === 0 && this.#error !== undefined) throw this.#error;
    const events = this.#events;
    this.#events = [];
    this.#queuedBytes = 0;
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#lastPacketAt = Date.now();
      this.#connection?.stream.resume();
    }
    return events;
  }

  wakeup(): void {
    this.#wake();
  }

  async close(): Promise<void> {
    clearInterval(this.#watchdog);
    this.#error ??= new MillraceError('MYSQL_UNREACHABLE', 'Expected the reader to be open, got a closed one');
    await new Promise<void>((resolve) => {
      this.#zongji.once('stopped', resolve);
      this.#zongji.stop();
    });
    this.#zongji.removeAllListeners();
    this.#zongji.on('error', () => undefined);
    this.#wake();
  }

  get #connection(): BinlogConnection | undefined {
    return (this.#zongji as unknown as { connection: BinlogConnection | null }).connection ?? undefined;
  }

  get #tableMap(): { [tableId: number]: { columns: readonly ZongjiColumn[] } } {
    return (this.#zongji as unknown as { tableMap: { [tableId: number]: { columns: readonly ZongjiColumn[] } } })
      .tableMap;
  }

  /** Puts the tap before zongji. mysql2 hands each packet to this method of the connection. */
  #install(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const next = connection.handlePacket.bind(connection);
    connection.handlePacket = (packet) => {
      if (packet === undefined || this.#accepts(packet)) next(packet);
      else connection._bumpSequenceId(packet.numPackets);
    };
  }

  /** An error thrown from here would end the process: it would come up in the socket. */
  #accepts(packet: MysqlPacket): boolean {
    if (this.#error !== undefined) return false;
    try {
      return this.#tap.accept(packet);
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #listener(): BinlogPacketListener {
    return {
      onBytes: (bytes) => this.#onBytes(bytes),
      onGtid: (gtid, committedAtMs) => this.#begin(gtid, committedAtMs),
      onBegin: () => (this.#isInsideTransaction = true),
      onCommit: () => this.#commit(),
      onFile: () => this.#tables.clear(),
      onFailure: (error) => this.#fail(error),
      isCaptured: (tableId) => this.#tables.has(tableId),
    };
  }

  #onBytes(bytes: number): void {
    if (this.#lastPacketAt === 0) this.#wake();
    this.#lastPacketAt = Date.now();
    this.#queuedBytes += bytes;
    if (this.#queuedBytes < this.#options.queueBytes || this.#isPaused || this.#events.length === 0) return;
    this.#isPaused = true;
    this.#connection?.stream.pause();
  }

  #onEvent(event: { getEventName(): string }): void {
    if (this.#error !== undefined) return;
    try {
      this.#dispatch(event.getEventName(), event);
    } catch (error) {
      this.#fail(error);
    }
  }

  #dispatch(name: string, event: unknown): void {
    switch (name) {
      case 'tablemap':
        return this.#onTableMap(event as ZongjiTableMap);
      case 'writerows':
        return this.#onRows(event as ZongjiRows, 'insert');
      case 'updaterows':
        return this.#onRows(event as ZongjiRows, 'update');
      case 'deleterows':
        return this.#onRows(event as ZongjiRows, 'delete');
      case 'gtid':
        return this.#begin((event as { gtid: string }).gtid, this.#tap.committedAtMs);
      case 'xaprepare':
        return this.#onPrepare(event as XaPrepare);
      case 'query':
        return this.#onQuery(event as { query: string; schema: string });
    }
  }

  #onTableMap(event: ZongjiTableMap): void {
    let table = this.#tables.get(event.tableId);
    if (table === undefined) {
      table = toZongjiTable(event, this.#options.naming);
      this.#tables.set(event.tableId, table);
    }
    const entry = this.#tableMap[event.tableId];
    if (entry !== undefined) entry.columns = table.columns;
  }

  #onRows(event: ZongjiRows, operation: RowsChanged['operation']): void {
    const table = this.#tables.get(event.tableId);
    if (table === undefined)
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected rows of a table that was described before');
    requireFullImage(event.columns_present_bitmap, event.numberOfColumns);
    const hasCascades = (event.flags & NO_UNLOGGED_CASCADES) !== 0;
    if (operation !== 'update') {
      this.#push({
        kind: 'rows',
        operation,
        table: table.schema,
        rows: event.rows as BinlogRow[],
        before: [],
        hasCascades,
        ...this.#rest(),
      });
      return;
    }
    requireFullImage(event.columns_present_bitmap2 as Buffer, event.numberOfColumns);
    const pairs = event.rows as readonly { before: BinlogRow; after: BinlogRow }[];
    this.#push({
      kind: 'rows',
      operation,
      table: table.schema,
      rows: pairs.map((pair) => pair.after),
      before: pairs.map((pair) => pair.before),
      hasCascades,
      ...this.#rest(),
    });
  }

  /** COMMIT ends transactions of engines without XA; DDL is a transaction of its own and has no frame. */
  #onQuery(event: { query: string; schema: string }): void {
    const sql = event.query;
    const xa = /^XA\s+(START|BEGIN|END|COMMIT|ROLLBACK)\s+(.*?)\s*(ONE PHASE)?$/is.exec(sql.slice(0, 400));
    if (xa !== null && /^(START|BEGIN)$/i.test(xa[1] as string)) {
      this.#isInsideTransaction = true;
      this.#push({ kind: 'prepared-begin' });
    } else if (xa !== null && /^(COMMIT|ROLLBACK)$/i.test(xa[1] as string)) {
      this.#push({
        kind: 'prepared-end',
        xid: normalizeXid(xa[2] as string),
        isCommitted: /^COMMIT$/i.test(xa[1] as string),
      });
      this.#commit();
    } else if (sql === 'COMMIT') {
      this.#commit();
    } else if (sql === 'ROLLBACK') {
      this.#isInsideTransaction = false;
      this.#push({ kind: 'rollback' });
    } else if (xa === null) {
      this.#push({ kind: 'statement', sql, database: event.schema, at: this.#tap.eventPlace, threadId: 0 });
      if (!this.#isInsideTransaction) this.#commit();
    }
  }

  #onPrepare(event: XaPrepare): void {
    if (event.onePhase) return this.#commit();
    this.#isInsideTransaction = false;
    this.#push({ kind: 'prepared', xid: xidText(event) });
  }

  #begin(gtid: string, committedAtMs: number): void {
    const committedAtUs = committedAtMs * 1000;
    this.#push({ kind: 'begin', gtid, committedAtMs, committedAtUs, at: this.#tap.eventPlace });
  }

  #rest() {
    return { isComplete: true, at: this.#tap.eventPlace, firstRow: 0, threadId: 0, query: null };
  }

  #commit(): void {
    this.#isInsideTransaction = false;
    this.#push({ kind: 'commit', next: this.#tap.eventPlace });
  }

  #push(event: BinlogEvent): void {
    this.#events.push(event);
    if (this.#events.length === 1) this.#wake();
  }

  #fail(error: unknown): void {
    if (this.#error !== undefined) return;
    this.#error = this.#toError(error).at(this.#tap.place);
    this.#wake();
  }

  #toError(error: unknown): MillraceError {
    if (error instanceof MillraceError || isDriverError(error)) return toMysqlError(error, this.#options.address);
    const reason = error instanceof Error ? error.message : String(error);
    return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected an event that can be read, got: ${reason}`, {
      cause: error,
    });
  }

  #checkHeartbeat(): void {
    if (this.#isPaused || Date.now() - this.#lastPacketAt < MISSED_HEARTBEATS * HEARTBEAT_MS) return;
    this.#fail(
      new MillraceError(
        'MYSQL_UNREACHABLE',
        `Expected a heartbeat every ${HEARTBEAT_MS} ms, got none for ${MISSED_HEARTBEATS} of them`,
      ),
    );
  }

  #sleep(maxWaitMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = maxWaitMs === undefined ? undefined : setTimeout(() => this.#wake(), maxWaitMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
    });
  }

  #schemaFilter(): Record<string, string[]> {
    const filter: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
    for (const { database, table } of this.#options.tables) (filter[database] ??= []).push(table);
    return filter;
  }
}

interface XaPrepare {
  readonly onePhase: boolean;
  readonly xidFormatId: number;
  readonly xidGtrid: Buffer;
  readonly xidBqual: Buffer;
}

/** zongji assigns what it finds; that does not count. */
function ignore(): void {}

/** The id as the server writes it into XA COMMIT: `X'..',X'..',1`. */
function xidText(event: XaPrepare): string {
  return normalizeXid(`X'${event.xidGtrid.toString('hex')}',X'${event.xidBqual.toString('hex')}',${event.xidFormatId}`);
}

function normalizeXid(text: string): string {
  return text.toLowerCase().replaceAll(/\s/g, '');
}

function requireFullImage(bitmap: Buffer, columns: number): void {
  for (let index = 0; index < columns; index++) {
    if (((bitmap[index >> 3] as number) >> (index & 7)) & 1) continue;
    throw new MillraceError(
      'MYSQL_SETTING_UNSUPPORTED',
      'Expected rows with all their columns, got some left out: SET PERSIST binlog_row_image = FULL (and FULL in every session)',
    );
  }
}
