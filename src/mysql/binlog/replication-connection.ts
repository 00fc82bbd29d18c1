import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import mysql from 'mysql2';
import { MillraceError } from '../../core/millrace-error.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { driverOptions } from '../connection/mysql-connection.ts';
import { toMysqlError } from '../connection/mysql-error.ts';
import type { BinlogPlace } from './binlog-reader.ts';
import { dumpCommand, registerCommand, type ReplicaIdentity } from './dump-command.ts';
import { PacketFramer } from './packet-framer.ts';
import { readServerPacket } from './server-packet.ts';

/** How to connect as a replica. */
export interface ReplicationOptions {
  readonly address: MysqlAddress;
  /** The id that the server is to know the replica by; by default a random one that no other replica has. */
  readonly serverId?: number | undefined;
  /** Bytes that may wait before the server is held back. */
  readonly queueBytes: number;
  /** Told that something came: bytes, or the end. */
  onInput(): void;
}

const HEARTBEAT_MS = 10_000;
/** Heartbeats that may be missed before the connection counts as lost. */
const MISSED_HEARTBEATS = 3;
/** How long the server waits for a reader that takes nothing, in seconds: as long as it lets one set. */
const NET_WRITE_TIMEOUT_SECONDS = 31_536_000;
/** MariaDB tells GTIDs to whom understands them. */
const MARIADB_CAPABILITY = 4;
const LOWEST_RANDOM_SERVER_ID = 2 ** 31;
/** A replica that is gone is listed until the next heartbeat does not reach it. */
const CLASH_PATIENCE_MS = 2 * HEARTBEAT_MS;
const CLASH_RETRY_MS = 500;
const PACKET_HEADER_BYTES = 4;

/**
 * A connection that the server sends its binlog over. mysql2 opens it: address, TLS and authentication are its own. Then its
 * socket is taken over, and packets are taken out of what comes one by one. While more than `queueBytes` wait, the socket is
 * paused, and TCP holds the server back: however long nothing is taken, no more is kept.
 */
export class ReplicationConnection {
  readonly #connection: mysql.Connection;
  readonly #options: ReplicationOptions;
  readonly #framer = new PacketFramer();
  #socket: Socket | undefined;
  #isPaused = false;
  #error: MillraceError | undefined;
  #lastInputAt = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #onInputOnce: () => void = () => {};

  private constructor(options: ReplicationOptions) {
    this.#options = options;
    this.#connection = mysql.createConnection(driverOptions(options.address));
    this.#connection.on('error', (error) => this.#fail(error));
  }

  /**
   * Connects, registers as a replica, and asks for the binlog. Throws MYSQL_UNREACHABLE, MYSQL_ACCESS_DENIED,
   * MYSQL_GRANT_MISSING, MYSQL_SERVER_ID_TAKEN.
   */
  static async open(options: ReplicationOptions, from: string | BinlogPlace): Promise<ReplicationConnection> {
    const opened = new ReplicationConnection(options);
    try {
      const identity = await opened.#identify();
      await opened.#prepare(identity);
      opened.#takeOver();
      await opened.#command(registerCommand(identity));
      opened.#write(dumpCommand(identity, from));
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** The next packet without its mark; undefined when none is complete. Throws what the server says, or that it is gone. */
  next(): Buffer | undefined {
    const packet = this.#framer.next();
    if (packet === undefined && this.#error !== undefined) throw this.#error;
    if (this.#isPaused && this.#framer.waitingBytes < this.#options.queueBytes / 2) {
      this.#isPaused = false;
      this.#lastInputAt = Date.now();
      this.#socket?.resume();
    }
    return packet === undefined ? undefined : readServerPacket(packet, this.#options.address);
  }

  /** Cuts the connection. May be called twice. */
  close(): void {
    clearInterval(this.#watchdog);
    this.#error ??= new MillraceError('MYSQL_UNREACHABLE', 'Expected the reader to be open, got a closed one');
    this.#socket?.destroy();
    this.#connection.destroy();
  }

  async #identify(): Promise<ReplicaIdentity> {
    const uuid = randomUUID();
    const { serverId } = this.#options;
    const deadline = Date.now() + CLASH_PATIENCE_MS;
    for (;;) {
      const taken = await this.#takenServerIds();
      const candidate = serverId ?? randomServerId();
      if (!taken.has(candidate)) return { serverId: candidate, uuid };
      if (serverId === undefined) continue;
      if (Date.now() >= deadline) {
        throw new MillraceError(
          'MYSQL_SERVER_ID_TAKEN',
          `Expected no other replica to have the server id ${serverId}, got one`,
        );
      }
      await delay(CLASH_RETRY_MS);
    }
  }

  /** The ids of the server and of its replicas. */
  async #takenServerIds(): Promise<ReadonlySet<number>> {
    const [[own] = []] = await this.#query('SELECT @@GLOBAL.server_id AS id');
    const replicas = await this.#query('SHOW REPLICAS').catch((error: unknown) => {
      if (error instanceof MillraceError && error.code === 'MYSQL_QUERY_FAILED') return this.#query('SHOW SLAVE HOSTS');
      throw error;
    });
    return new Set([Number(own), ...replicas.map(([id]) => Number(id))]);
  }

  async #prepare({ uuid }: ReplicaIdentity): Promise<void> {
    const nanoseconds = HEARTBEAT_MS * 1_000_000;
    await this.#query(
      `SET @source_heartbeat_period = ${nanoseconds}, @master_heartbeat_period = ${nanoseconds}, ` +
        `@source_binlog_checksum = 'CRC32', @master_binlog_checksum = 'CRC32', ` +
        `@replica_uuid = '${uuid}', @slave_uuid = '${uuid}', ` +
        `@mariadb_slave_capability = ${MARIADB_CAPABILITY}, @@SESSION.net_write_timeout = ${NET_WRITE_TIMEOUT_SECONDS}`,
    );
  }

  #query(sql: string): Promise<readonly (readonly unknown[])[]> {
    return new Promise((resolve, reject) => {
      this.#connection.query({ sql, rowsAsArray: true }, (error, rows) => {
        if (error !== null) reject(toMysqlError(error, this.#options.address));
        else resolve(Array.isArray(rows) ? (rows as unknown[][]) : []);
      });
    });
  }

  /** From here on mysql2 sees nothing of what comes; it still tells of errors of the socket. */
  #takeOver(): void {
    const socket = (this.#connection as unknown as { stream: Socket }).stream;
    this.#socket = socket;
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('close', () => this.#fail({ message: 'closed', code: 'PROTOCOL_CONNECTION_LOST' }));
    this.#lastInputAt = Date.now();
    this.#watchdog = setInterval(() => this.#checkHeartbeat(), HEARTBEAT_MS).unref();
  }

  /** Sends a command and waits for the server's word that it is done. */
  async #command(command: Buffer): Promise<void> {
    this.#write(command);
    while (this.next() === undefined) {
      await new Promise<void>((resolve) => {
        this.#onInputOnce = resolve;
      });
    }
  }

  #write(command: Buffer): void {
    const header = Buffer.alloc(PACKET_HEADER_BYTES);
    header.writeUIntLE(command.length, 0, 3);
    this.#socket?.write(Buffer.concat([header, command]));
  }

  #onData(chunk: Buffer): void {
    this.#lastInputAt = Date.now();
    this.#framer.push(chunk);
    if (!this.#isPaused && this.#framer.waitingBytes >= this.#options.queueBytes) {
      this.#isPaused = true;
      this.#socket?.pause();
    }
    this.#tell();
  }

  #fail(error: unknown): void {
    clearInterval(this.#watchdog);
    this.#error ??= toMysqlError(error, this.#options.address);
    this.#tell();
  }

  #tell(): void {
    this.#onInputOnce();
    this.#options.onInput();
  }

  #checkHeartbeat(): void {
    if (this.#isPaused || Date.now() - this.#lastInputAt < MISSED_HEARTBEATS * HEARTBEAT_MS) return;
    this.#fail(
      new MillraceError(
        'MYSQL_UNREACHABLE',
        `Expected a heartbeat every ${HEARTBEAT_MS} ms, got none for ${MISSED_HEARTBEATS} of them`,
      ),
    );
  }
}

function randomServerId(): number {
  return LOWEST_RANDOM_SERVER_ID + Math.floor(Math.random() * (LOWEST_RANDOM_SERVER_ID - 1));
}
