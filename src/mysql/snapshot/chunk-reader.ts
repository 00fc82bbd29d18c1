import type { GtidSet } from '../binlog/gtid-set.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { MysqlConnection, type PacketReader } from '../connection/mysql-connection.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import type { TableFormat } from '../format/record-format.ts';
import { readTableSchemas, type DescribedTable } from '../schema/read-table-schemas.ts';
import type { CapturedTable } from '../source/captured-table.ts';
import type { RowCodec, TextRow } from '../values/row-codec.ts';
import { BinaryRowReader, type ResultField } from './binary-row-reader.ts';
import { RowPack } from './row-pack.ts';
import { BytesBatch, type RowBatch, TextBatch } from './row-batch.ts';
import { chunkIndex } from './chunk-plan.ts';
import { afterBound, boundOf, extraExpressions, keyColumnsOf, upToBound, type KeyBound } from './key-column.ts';
import { quoteTable, selectStatement } from './select-statement.ts';
import type { ServerWatermarks } from './server-watermark.ts';
import type { SnapshotBatch, SnapshotWindow } from './snapshot-window.ts';

/** A part of a table, in key order. */
export interface Chunk {
  readonly table: CapturedTable;
  readonly window: SnapshotWindow;
  /** What the stream had written when the window was opened. */
  readonly opened: GtidSet;
  /** Null: from the first row. */
  readonly after: KeyBound | null;
  readonly upTo: KeyBound;
  /** A condition of the user's. */
  readonly where: string | null;
  /** Told whenever there is something new in the window. */
  readonly onNews: () => void;
}

/** What reading chunks needs. */
export interface ChunkReaderOptions {
  readonly address: MysqlAddress;
  readonly watermarks: ServerWatermarks;
  /** Rows, and about bytes, that are handed over at once. */
  readonly batch: { readonly maxRows: number; readonly maxBytes: number };
}

/** A table as it is now, and who writes its rows. */
interface TableVersion {
  /** What SHOW CREATE TABLE printed. */
  readonly definition: string;
  readonly described: DescribedTable;
  readonly format: TableFormat;
  readonly identity: RowCodec;
  /** Null where the key of records is another than that of rows. */
  readonly bytes: BinaryRowReader | null;
}

const NO_ROWS: RowBatch = { hasOther: () => false, write: () => undefined };

/** Packs the rows of a batch, and remembers where the last one is, whose key is the bound. */
class PackingReader implements PacketReader<number> {
  readonly #rows: BinaryRowReader;
  #pack = new RowPack();
  #packet: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(rows: BinaryRowReader) {
    this.#rows = rows;
  }

  open(fields: readonly ResultField[]): void {
    this.#rows.open(fields);
  }

  read(packet: Buffer, at: number): number {
    this.#packet = packet;
    this.#at = at;
    this.#rows.read(packet, at, this.#pack);
    return this.#pack.count;
  }

  /** The rows since the last call, and the last of them as text. */
  take(): { pack: RowPack; last: TextRow } {
    const pack = this.#pack;
    this.#pack = new RowPack();
    return { pack, last: this.#rows.textOf(this.#packet, this.#at) };
  }
}

/** How often a chunk is read anew when its table was changed in between. */
const MAX_ATTEMPTS = 10;

/** Reads chunks, each on a connection of its own; the connections are kept for the next. */
export class ChunkReader {
  readonly #options: ChunkReaderOptions;
  readonly #idle: MysqlConnection[] = [];
  readonly #all = new Set<MysqlConnection>();
  readonly #versions = new Map<CapturedTable, TableVersion>();
  #isClosed = false;

  constructor(options: ChunkReaderOptions) {
    this.#options = options;
  }

  /** Reads a chunk into its window. Throws what the connection throws, MYSQL_TABLE_CHANGED and MYSQL_KEY_CHANGED. */
  async read(chunk: Chunk): Promise<void> {
    const connection = await this.take();
    const { window } = chunk;
    await this.#options.watermarks.settle(connection, {
      gtids: chunk.opened,
      table: chunk.table.described,
      isClosed: () => window.isClosed,
    });
    let { after } = chunk;
    for (let attempt = 1; !window.isClosed; attempt++) {
      try {
        await this.#readOnce(connection, { ...chunk, after }, (bound) => (after = bound));
        break;
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isMillraceErrorOf(error, 'MYSQL_TABLE_CHANGED')) throw error;
        await connection.run('ROLLBACK');
      }
    }
    // What is left of the result of a chunk that was given up goes with its connection.
    if (window.isClosed) this.#drop(connection);
    else this.give(connection);
    window.endReading();
    chunk.onNews();
  }

  /** A connection, for the caller alone until it is given back. */
  async take(): Promise<MysqlConnection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const connection = await MysqlConnection.open(this.#options.address);
    this.#all.add(connection);
    if (this.#isClosed) connection.destroy();
    // Bounds of chunks may be dates that MySQL would not take in a condition otherwise.
    await connection.run("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'");
    return connection;
  }

  give(connection: MysqlConnection): void {
    this.#idle.push(connection);
  }

  /** Cuts all connections. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#all) connection.destroy();
  }

  #drop(connection: MysqlConnection): void {
    this.#all.delete(connection);
    connection.destroy();
  }

  /** The transaction keeps the table from being changed between its description and its last row. */
  async #readOnce(connection: MysqlConnection, chunk: Chunk, onRead: (bound: KeyBound) => void): Promise<void> {
    const { table, window } = chunk;
    await connection.run('START TRANSACTION READ ONLY');
    await connection.query(`SELECT 1 FROM ${quoteTable(table.described)} LIMIT 0`);
    const version = await this.#versionOf(table, connection);
    for await (const batch of this.#batches(connection, version, chunk)) {
      if (window.isClosed) return;
      if (window.high === null) await this.#setHigh(window);
      await offer(chunk, batch);
      onRead(batch.upTo);
    }
    await connection.run('COMMIT');
    if (window.high === null) await this.#setHigh(window);
    await offer(chunk, { rows: NO_ROWS, upTo: chunk.upTo });
  }

  /** In the binary protocol where the format takes rows as bytes, else as text. */
  async *#batches(connection: MysqlConnection, version: TableVersion, chunk: Chunk): AsyncGenerator<SnapshotBatch> {
    const { described, format, bytes } = version;
    const columns = keyColumnsOf(described);
    const extraAt = described.columns.length;
    const { batch: limits } = this.#options;
    if (bytes === null || format.addReadBytes === undefined) {
      for await (const rows of connection.readBatches(chunkStatement(described, chunk, false), limits)) {
        const upTo = boundOf(columns, rows[rows.length - 1] as TextRow, extraAt);
        yield { rows: new TextBatch(rows, version), upTo };
      }
      return;
    }
    const reader = new PackingReader(bytes);
    for await (const _rows of connection.readBinaryBatches(chunkStatement(described, chunk, true), limits, reader)) {
      const { pack, last } = reader.take();
      yield { rows: new BytesBatch(pack, format.addReadBytes), upTo: boundOf(columns, last, extraAt) };
    }
  }

  /** Everything that the rows may contain was executed before the first of them came. */
  async #setHigh(window: SnapshotWindow): Promise<void> {
    const connection = await this.take();
    window.setHigh(await this.#options.watermarks.read(connection));
    this.give(connection);
  }

  async #versionOf(table: CapturedTable, connection: MysqlConnection): Promise<TableVersion> {
    const [[, printed] = []] = await connection.query(`SHOW CREATE TABLE ${quoteTable(table.described)}`);
    const definition = (printed ?? '').replace(/ AUTO_INCREMENT=\d+/, '');
    const known = this.#versions.get(table);
    if (known?.definition === definition) return known;
    const [described] = (await readTableSchemas(connection, [table.described])) as [DescribedTable];
    const format = await table.prepare(described);
    const isOwnKey = table.progress.key.join('\0') === described.key.join('\0');
    const bytes = isOwnKey ? new BinaryRowReader(described, table.bigint) : null;
    const version = { definition, described, format, identity: table.identityOf(described), bytes };
    this.#versions.set(table, version);
    return version;
  }
}

function offer({ window, onNews }: Chunk, batch: SnapshotBatch): Promise<void> {
  const taken = window.offer(batch);
  onNews();
  return taken;
}

function chunkStatement(table: DescribedTable, chunk: Chunk, isBinary: boolean): string {
  const columns = keyColumnsOf(table);
  const conditions = [upToBound(columns, chunk.upTo)];
  if (chunk.after !== null) conditions.push(afterBound(columns, chunk.after));
  if (chunk.where !== null) conditions.push(chunk.where);
  return selectStatement(table, {
    conditions,
    extra: extraExpressions(columns),
    orderBy: columns.map(({ name }) => name),
    index: chunkIndex(table),
    isBinary,
  });
}
