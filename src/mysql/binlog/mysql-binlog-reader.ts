import { MillraceError } from '../../core/millrace-error.ts';
import { toMysqlError } from '../connection/mysql-error.ts';
import type { TableName } from '../schema/column-schema.ts';
import { BinlogDecoder, type BinlogDecoderOptions } from './binlog-decoder.ts';
import type { BinlogEvent, BinlogPlace, BinlogReader } from './binlog-reader.ts';
import { ReplicationConnection, type ReplicationOptions } from './replication-connection.ts';

/** How a reader connects, what it reads, and how much it may hold. */
export type MysqlBinlogReaderOptions = Omit<ReplicationOptions, 'onInput'> & BinlogDecoderOptions;

/**
 * Reads the binlog of MySQL 8.0 and newer as a replica.
 *
 * Bytes wait undecoded until `read` asks for events, at most `queueBytes` of them; and each `read` decodes at most as many
 * again. So a consumer that stops costs no memory, and the server is held back instead.
 */
export class MysqlBinlogReader implements BinlogReader {
  readonly #options: MysqlBinlogReaderOptions;
  readonly #decoder: BinlogDecoder;
  #connection: ReplicationConnection | undefined;
  /** A packet that came while the reader was opened. */
  #first: Buffer | undefined;
  #events: BinlogEvent[] = [];
  #error: MillraceError | undefined;
  #skipTo: BinlogPlace | undefined;
  #wake: () => void = () => {};

  constructor(options: MysqlBinlogReaderOptions) {
    this.#options = options;
    this.#decoder = new BinlogDecoder(options);
  }

  async open(from: string | BinlogPlace): Promise<void> {
    const connection = await ReplicationConnection.open({ ...this.#options, onInput: () => this.#wake() }, from);
    this.#connection = connection;
    this.#skipTo = typeof from === 'string' ? undefined : from;
    // The server answers at once, with a refusal or with the name of the first file.
    while ((this.#first = connection.next()) === undefined) await this.#sleep();
  }

  async read(maxWaitMs: number): Promise<readonly BinlogEvent[]> {
    let isDry = await this.#fill();
    if (isDry && this.#isEmpty) {
      await this.#sleep(maxWaitMs);
      isDry = await this.#fill();
    }
    // Much may come that nobody wants: then the rest of the process gets its turn in between.
    for (; !isDry && this.#isEmpty; isDry = await this.#fill()) await new Promise((resolve) => setImmediate(resolve));
    if (this.#events.length === 0 && this.#error !== undefined) throw this.#error;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  wakeup(): void {
    this.#wake();
  }

  /** Wants the rows of these tables from the next event on. */
  watch(tables: readonly TableName[]): void {
    this.#decoder.watch(tables);
  }

  close(): Promise<void> {
    this.#connection?.close();
    this.#error ??= new MillraceError('MYSQL_UNREACHABLE', 'Expected the reader to be open, got a closed one');
    this.#wake();
    return Promise.resolve();
  }

  /** Whether nothing was read, neither events nor an error. */
  get #isEmpty(): boolean {
    return this.#events.length === 0 && this.#error === undefined;
  }

  /**
   * Decodes what waits, up to the limit; true when nothing more waits. An error is thrown by `read` when all events before it
   * are taken.
   */
  async #fill(): Promise<boolean> {
    const decoder = this.#decoder;
    const limit = decoder.bytesRead + this.#options.queueBytes;
    try {
      while (decoder.bytesRead < limit) {
        const packet = decoder.isBusy ? undefined : this.#next();
        if (packet === undefined && !decoder.isBusy) return true;
        const pending = packet === undefined ? decoder.proceed(this.#events) : decoder.decode(packet, this.#events);
        if (pending !== undefined) await pending;
        this.#skip();
      }
      return false;
    } catch (error) {
      this.#error ??= toMysqlError(error, this.#options.address);
      return true;
    }
  }

  /** Beyond 4 GiB the server can only be asked for the whole file: what is before the place is left out. */
  #skip(): void {
    if (this.#skipTo === undefined) return;
    const { file, position } = this.#decoder.place;
    if (file === this.#skipTo.file && position <= this.#skipTo.position) this.#events = [];
    else this.#skipTo = undefined;
  }

  #next(): Buffer | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#connection?.next();
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
}
