import type { Duplex } from 'node:stream';
import mysql from 'mysql2';
import type { TextRow } from '../values/row-codec.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { MysqlAddress, MysqlTls, TlsMode } from './mysql-address.ts';
import { toMysqlError } from './mysql-error.ts';

/** A row of a small query, cell by cell, as text. */
export type TextCells = readonly (string | null)[];

/** Runs one query and gives its rows, cell by cell, as text. */
export type QueryText = (sql: string) => Promise<readonly TextCells[]>;

/** The driver's code for a server that cannot encrypt. */
const NO_TLS = 'HANDSHAKE_NO_SSL_SUPPORT';

/** How much is handed over at once. */
export interface BatchLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** Reads rows of the binary protocol. */
export interface PacketReader<T> {
  /** Told the columns before the first row. */
  open(fields: readonly { readonly columnType: number; readonly flags: number }[]): void;
  /** A row whose packet begins at `at`. */
  read(packet: Buffer, at: number): T;
}

/** A packet of mysql2. */
interface RowPacket {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
}

/** The command of mysql2 that executes a prepared statement; its rows are parsed by what this gives. */
interface BinaryCommand extends NodeJS.EventEmitter {
  buildParserFromFields(
    fields: readonly { readonly columnType: number; readonly flags: number }[],
  ): new () => { next(packet: RowPacket): void };
}

const CONNECT_TIMEOUT_MS = 10_000;
/** How long the server waits for a slow reader before it gives a connection up. */
const NET_WRITE_TIMEOUT_SECONDS = 3600;

/** What mysql2 is told about the server, for queries as for the binlog. */
export function driverOptions(address: MysqlAddress): mysql.ConnectionOptions {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    charset: 'utf8mb4',
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(address.tls.mode === 'disabled' ? {} : { ssl: sslOptions(address.tls) }),
  };
}

/** Modes in which the certificate must be signed by an authority that is trusted. */
const VERIFYING: readonly TlsMode[] = ['verify_ca', 'verify_identity'];

function sslOptions({ mode, ca, cert, key }: MysqlTls): mysql.SslOptions {
  return {
    rejectUnauthorized: VERIFYING.includes(mode),
    verifyIdentity: mode === 'verify_identity',
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

/**
 * One connection for queries, in UTC and utf8mb4, whatever the server's defaults; values come as the text that the server
 * prints. Every error of the driver leaves as a `MillraceError`.
 */
export class MysqlConnection {
  /** Where it is connected to, with `preferred` encryption settled: required or disabled. */
  readonly address: MysqlAddress;
  readonly #connection: mysql.Connection;

  private constructor(connection: mysql.Connection, address: MysqlAddress) {
    this.#connection = connection;
    this.address = address;
    // A connection that breaks while idle tells its next query; unheard, the event would end the process.
    connection.on('error', () => undefined);
  }

  /** Connects and logs in. Throws MYSQL_UNREACHABLE, MYSQL_ACCESS_DENIED. */
  static async open(address: MysqlAddress): Promise<MysqlConnection> {
    if (address.tls.mode !== 'preferred') return MysqlConnection.#openAs(address);
    try {
      return await MysqlConnection.#openAs({ ...address, tls: { ...address.tls, mode: 'required' } });
    } catch (error) {
      const isPlain = error instanceof MillraceError && (error.cause as { code?: string }).code === NO_TLS;
      if (!isPlain) throw error;
      return MysqlConnection.#openAs({ ...address, tls: { mode: 'disabled' } });
    }
  }

  static async #openAs(address: MysqlAddress): Promise<MysqlConnection> {
    const connection = new MysqlConnection(mysql.createConnection(driverOptions(address)), address);
    try {
      await connection.run(
        `SET SESSION time_zone = '+00:00', sql_mode = '', net_write_timeout = ${NET_WRITE_TIMEOUT_SECONDS}, ` +
          "transaction_isolation = 'REPEATABLE-READ', group_concat_max_len = 65536",
      );
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  /** Runs a statement that gives no rows. */
  async run(sql: string, parameters: readonly (string | number)[] = []): Promise<void> {
    await this.query(sql, parameters);
  }

  /** Runs a query whose result is small. `?` in it stand for the parameters, `??` for names. */
  query(sql: string, parameters: readonly (string | number | readonly string[])[] = []): Promise<readonly TextCells[]> {
    return new Promise((resolve, reject) => {
      const statement = { sql: mysql.format(sql, parameters as string[]), rowsAsArray: true, typeCast: false as const };
      this.#connection.query(statement, (error, rows) => {
        if (error !== null) reject(toMysqlError(error, this.address));
        else resolve(Array.isArray(rows) ? (rows as unknown as TextRow[]).map(toCells) : []);
      });
    });
  }

  /**
   * Reads a result of any size in batches of about `maxBytes` and at most `maxRows`; the server is held back while a batch
   * is being worked on.
   */
  async *readBatches(sql: string, limits: BatchLimits): AsyncGenerator<readonly TextRow[]> {
    const command = this.#connection.query({
      sql,
      rowsAsArray: true,
      typeCast: false,
    }) as unknown as NodeJS.EventEmitter;
    const rows = new ArrivingRows<TextRow>(limits, this.#connection);
    command.on('result', (row: TextRow) => rows.add(row, sizeOf(row)));
    yield* this.#batchesOf(command, rows);
  }

  /** Likewise over a prepared statement, whose rows come in the binary protocol and are read from their packets. */
  async *readBinaryBatches<T>(sql: string, limits: BatchLimits, reader: PacketReader<T>): AsyncGenerator<readonly T[]> {
    const command = this.#connection.execute({ sql }) as unknown as BinaryCommand;
    const rows = new ArrivingRows<T>(limits, this.#connection);
    command.buildParserFromFields = (fields) => {
      rows.attempt(() => reader.open(fields));
      return class {
        next({ buffer, offset, end }: RowPacket): void {
          rows.attempt(() => rows.add(reader.read(buffer, offset), end - offset));
        }
      };
    };
    try {
      yield* this.#batchesOf(command, rows);
    } finally {
      this.#connection.unprepare(sql);
    }
  }

  async *#batchesOf<T>(command: NodeJS.EventEmitter, rows: ArrivingRows<T>): AsyncGenerator<readonly T[]> {
    command.on('error', (error: unknown) => rows.fail(error));
    command.on('end', () => rows.end());
    for (;;) {
      await rows.ready();
      if (rows.error !== undefined) throw toMysqlError(rows.error, this.address);
      const batch = rows.take();
      if (batch.length === 0) return;
      yield batch;
      this.#connection.resume();
    }
  }

  /** Says goodbye to the server. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#connection.end(() => resolve()));
  }

  /** Cuts the connection, whatever runs on it: only to end it would leave the server waiting for a reader that has paused. */
  destroy(): void {
    this.#connection.destroy();
    (this.#connection as unknown as { stream: Duplex }).stream.destroy();
  }
}

/** Rows that come faster than they are taken: the connection is paused meanwhile. */
class ArrivingRows<T> {
  error: unknown;
  readonly #limits: BatchLimits;
  readonly #connection: mysql.Connection;
  #rows: T[] = [];
  #bytes = 0;
  #isDone = false;
  #wake: () => void = () => {};

  constructor(limits: BatchLimits, connection: mysql.Connection) {
    this.#limits = limits;
    this.#connection = connection;
  }

  add(row: T, bytes: number): void {
    this.#rows.push(row);
    this.#bytes += bytes;
    if (!this.#isFull) return;
    this.#connection.pause();
    this.#wake();
  }

  fail(error: unknown): void {
    this.error ??= error;
    this.#wake();
  }

  /** What is thrown would come up in the socket otherwise. */
  attempt(action: () => void): void {
    if (this.error !== undefined) return;
    try {
      action();
    } catch (error) {
      this.fail(error);
    }
  }

  end(): void {
    this.#isDone = true;
    this.#wake();
  }

  /** Resolves when there is a batch, or none will come. */
  async ready(): Promise<void> {
    while (this.error === undefined && !this.#isFull && !this.#isDone) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  take(): readonly T[] {
    const batch = this.#rows;
    this.#rows = [];
    this.#bytes = 0;
    return batch;
  }

  get #isFull(): boolean {
    return this.#rows.length >= this.#limits.maxRows || this.#bytes >= this.#limits.maxBytes;
  }
}

function toCells(row: TextRow): TextCells {
  return row.map((cell) => (cell === null ? null : cell.toString('utf8')));
}

function sizeOf(row: TextRow): number {
  let bytes = 0;
  for (const cell of row) bytes += cell === null ? 1 : cell.length;
  return bytes;
}
