import { MillraceError } from '../../core/millrace-error.ts';
import type { BinlogEvent, BinlogReader, StatementExecuted } from '../binlog/binlog-reader.ts';
import { effectsOf } from '../binlog/ddl-effect.ts';
import type { GtidSet } from '../binlog/gtid-set.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { MysqlConnection } from '../connection/mysql-connection.ts';
import { tableName, type TableName, type TableSchema } from '../schema/column-schema.ts';
import { readTableSchemas } from '../schema/read-table-schemas.ts';
import { quoteTable } from '../snapshot/select-statement.ts';
import type { ServerWatermarks } from '../snapshot/server-watermark.ts';
import { openHistory } from './open-history.ts';
import type { SourceOffset } from './source-offset.ts';
import type { TransactionHistory, TransactionIdentity } from './transaction-history.ts';

/** What is needed to know tables that the binlog does not describe. */
export interface SchemaVersionsOptions {
  readonly offset: SourceOffset;
  readonly address: MysqlAddress;
  readonly watermarks: ServerWatermarks;
  /** The tables whose rows are read. */
  readonly tables: readonly TableName[];
  /** A reader that wants no rows. */
  createScout(): BinlogReader;
}

const SCOUT_WAIT_MS = 1000;

/**
 * Tables as they are at each point of the stream where the binlog does not describe them (binlog_row_metadata=MINIMAL).
 *
 * A definition is asked of the server, which knows only the present one. It is that of an earlier point of the binlog when no
 * statement changed the table in between, and that is made sure: what lies in between is read ahead, for its statements only.
 * Then the definition holds up to the next such statement, and is kept with the offset, so that what was logged before a
 * change is still known after a restart, whatever the table has become.
 *
 * Events are decoded before they are written: `decoded` and `applied` tell of the same statements at their two times.
 */
export class SchemaVersions {
  readonly #options: SchemaVersionsOptions;
  /** As decoding sees them. */
  readonly #known: Map<string, TableSchema>;
  readonly #own = new WeakSet<TableSchema>();
  /** Statements that are decoded and not written yet, by table. */
  readonly #ahead = new Map<string, number>();

  constructor(options: SchemaVersionsOptions) {
    this.#options = options;
    this.#known = new Map(options.offset.schemas);
    for (const schema of this.#known.values()) this.#own.add(schema);
  }

  /** Asks for the tables that are not known yet, before anything is decoded. */
  async readAll(tables: readonly TableName[]): Promise<void> {
    for (const table of tables) {
      this.#options.offset.schemas.set(tableName(table), await this.describe(table));
    }
  }

  /**
   * The table as it is where the decoder stands. Throws MYSQL_SCHEMA_MISMATCH when it was changed again since, and what
   * `readTableSchemas` throws.
   */
  async describe(table: TableName): Promise<TableSchema> {
    const name = tableName(table);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const { schema, end } = await this.#readNow(table);
    if ((await this.#countChanges(table, end)) !== (this.#ahead.get(name) ?? 0)) throw changedAgain(name);
    this.#known.set(name, schema);
    this.#own.add(schema);
    return schema;
  }

  /** A statement was decoded: what is decoded from here on has the tables as it left them. */
  decoded(statement: StatementExecuted): void {
    for (const name of this.#changedBy(statement)) {
      this.#known.delete(name);
      this.#ahead.set(name, (this.#ahead.get(name) ?? 0) + 1);
    }
  }

  /** The statement is part of the offset now, or was before (`isDone`). */
  applied(statement: StatementExecuted, isDone: boolean): void {
    for (const name of this.#changedBy(statement)) {
      if (!isDone) this.#options.offset.schemas.delete(name);
      this.#ahead.set(name, (this.#ahead.get(name) ?? 1) - 1);
    }
  }

  /** Rows of this version of a table are written. */
  written(schema: TableSchema): void {
    if (this.#own.has(schema)) this.#options.offset.schemas.set(tableName(schema), schema);
  }

  #changedBy(statement: StatementExecuted): readonly string[] {
    const watched = new Set(this.#options.tables.map(tableName));
    return effectsOf(statement, this.#options.tables)
      .filter(({ effect }) => effect !== 'written')
      .map(({ table }) => tableName(table))
      .filter((name) => watched.has(name));
  }

  /** The transaction holds the table: what had changed it has ended, and is in the watermark. */
  async #readNow(table: TableName): Promise<{ schema: TableSchema; end: GtidSet }> {
    const connection = await MysqlConnection.open(this.#options.address);
    try {
      await connection.run('START TRANSACTION READ ONLY');
      await connection.query(`SELECT 1 FROM ${quoteTable(table)} LIMIT 0`);
      const [described] = await readTableSchemas(connection, [table]);
      const { gtids: end } = await this.#options.watermarks.read(connection);
      const { columns, key } = described as TableSchema;
      return { schema: { ...table, columns, key }, end };
    } finally {
      connection.destroy();
    }
  }

  /** Statements between what is written and the end that changed the table. */
  async #countChanges(table: TableName, end: GtidSet): Promise<number> {
    const offset = { ...this.#options.offset, done: this.#options.offset.done.copy() };
    if (offset.done.contains(end)) return 0;
    const scouting = new Scouting(openHistory(offset), (statement) =>
      this.#changedBy(statement).includes(tableName(table)),
    );
    const scout = this.#options.createScout();
    try {
      await scout.open(scouting.history.start);
      while (!offset.done.contains(end)) {
        for (const event of await scout.read(SCOUT_WAIT_MS)) scouting.follow(event);
      }
      return scouting.changes;
    } finally {
      await scout.close();
    }
  }
}

/** Counts statements, and knows how far it is. */
class Scouting {
  changes = 0;
  readonly history: TransactionHistory;
  readonly #isChange: (statement: StatementExecuted) => boolean;
  #open: TransactionIdentity | undefined;
  #isDone = false;

  constructor(history: TransactionHistory, isChange: (statement: StatementExecuted) => boolean) {
    this.history = history;
    this.#isChange = isChange;
  }

  follow(event: BinlogEvent): void {
    switch (event.kind) {
      case 'begin':
        this.#open = this.history.begin(event);
        this.#isDone = this.history.isDone(this.#open);
        return;
      case 'heartbeat':
        this.history.pass(event.at);
        return;
      case 'statement':
        if (!this.#isDone && this.#isChange(event)) this.changes++;
        return;
      case 'commit':
      case 'prepared':
      case 'rollback':
        if (this.#open === undefined) return;
        this.history.end(this.#open, event.next);
        this.history.complete(this.#open);
        return;
      case 'rows':
      case 'prepared-begin':
      case 'prepared-end':
      case 'unreadable':
        return;
    }
  }
}

function changedAgain(name: string): MillraceError {
  return new MillraceError(
    'MYSQL_SCHEMA_MISMATCH',
    `Expected ${name} to be as it is now since its rows were logged, got a statement that changed it behind them: the binlog does not say what they are`,
    { context: { table: name } },
  );
}
