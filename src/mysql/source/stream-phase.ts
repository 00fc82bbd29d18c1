import { MillraceError } from '../../core/millrace-error.ts';
import type {
  BinlogPlace,
  BinlogEvent,
  BinlogReader,
  RowsChanged,
  StatementExecuted,
} from '../binlog/binlog-reader.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import { tableName } from '../schema/column-schema.ts';
import type { CaptureSession } from './capture-session.ts';
import type { CapturedTable } from './captured-table.ts';
import type { Cascade } from '../schema/read-cascades.ts';
import { GtidSet } from '../binlog/gtid-set.ts';
import type { Snapshotter, SnapshotStream } from '../snapshot/snapshotter.ts';
import { PreparedTransactions } from './prepared-transactions.ts';
import type { StreamRecords } from '../format/record-format.ts';
import type { RecordSink } from '../format/record-sink.ts';
import { SourceTransaction } from '../format/source-transaction.ts';
import type { QueryText } from '../connection/mysql-connection.ts';
import type { StatementVerdict, TableChanges } from './table-changes.ts';
import { UnloggedCascades } from './unlogged-cascades.ts';

/** What streaming needs. */
export interface StreamPhaseOptions {
  readonly session: CaptureSession;
  readonly reader: BinlogReader;
  /** Reads tables while their changes are streamed. */
  readonly snapshotter: Snapshotter;
  readonly cascades: readonly Cascade[];
  /** How often the offset is written when only other tables change, in milliseconds. */
  readonly heartbeatMs: number;
  /** Bytes of rows of prepared XA transactions that may be held. */
  readonly preparedBytes: number;
  now(): number;
  isStopping(): boolean;
  /** Told of rows that are written, by table. */
  onRows(table: string, operation: RowsChanged['operation'], rows: number): void;
  /** Told the commit time of each transaction. */
  onTransaction(committedAtMs: number): void;
  /** Told where the stream is between two transactions. */
  onPlace(place: BinlogPlace): void;
  /** Told when everything that the server has sent is done with. */
  onCaughtUp(): void;
  /** Records about the stream itself; null for none. */
  readonly stream: StreamRecords | null;
  /** Whether the format can do nothing with rows that lack columns. */
  readonly needsWholeRows: boolean;
  readonly changes: TableChanges;
  /** Asks the server. */
  readonly query: QueryText;
  /** Told of tables that are to be captured from here on. */
  onFound(tables: StatementVerdict['found']): void;
  /** Told when something must be read anew. */
  onSnapshotNeeded(): void;
  /** Told when all is read that is to be read; gives whether to go on streaming. */
  onSnapshotComplete(): boolean;
}

/** The transaction that is being read. */
interface OpenTransaction {
  readonly gtid: string;
  /** With the rows of captured tables seen so far. */
  readonly told: SourceTransaction;
  /** Rows that an earlier attempt has written already, by table. */
  readonly skip: { readonly [table: string]: number };
  /** Rows of an XA transaction that is not committed yet; null in any other. */
  held: RowsChanged[] | null;
  committedPreparation: string | null;
  /** Whether it is told where it begins: a statement is no transaction to those who read. */
  isTold: boolean;
  isStatement: boolean;
}

/** Drops what it gets. */
const DROP: RecordSink = { add: () => undefined, addBytes: () => undefined };

const SNAPSHOT_LOOK_MS = 20;
const NOTHING: { readonly [table: string]: number } = Object.freeze({});

/**
 * Turns what the reader gives into records, many MySQL transactions to one broker transaction: whatever has come while the
 * last commit was on its way is the next one, so that an idle source commits at once and a busy one in large batches.
 */
export class StreamPhase {
  readonly #options: StreamPhaseOptions;
  readonly #session: CaptureSession;
  readonly #prepared: PreparedTransactions;
  readonly #cascades: UnloggedCascades;
  #isSnapshotNeeded = false;
  #open: OpenTransaction | null = null;
  #lastCommitMs: number;
  #hasProgress = false;
  #lastBeatMs = 0;

  constructor(options: StreamPhaseOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#prepared = new PreparedTransactions(options.preparedBytes);
    this.#cascades = new UnloggedCascades(options.cascades);
    this.#lastCommitMs = options.now();
  }

  /**
   * Streams until it is told to stop, or until a table must be read at a point of its own: when it can be read in no other
   * way, or anew because foreign keys have changed its rows without a word in the binlog. Throws what the reader, the
   * snapshotter and the producer throw, and MYSQL_TABLE_DROPPED and its kin.
   */
  async run(): Promise<void> {
    const { reader, snapshotter } = this.#options;
    let isSnapshotting = true;
    snapshotter.start(this.#beside());
    while (!this.#options.isStopping()) {
      const events = await reader.read(this.#waitMs);
      await this.#applyAll(events);
      if (this.#isSnapshotNeeded) {
        if (this.#open !== null) continue;
        // What is to be read anew must be known before it is.
        await this.#commit();
        return;
      }
      await snapshotter.emit();
      if (events.length === 0) this.#options.onCaughtUp();
      await this.#commitIfDue();
      if (snapshotter.needsStop && this.#open === null) return;
      if (isSnapshotting && snapshotter.isIdle && this.#open === null) {
        isSnapshotting = false;
        if (!this.#options.onSnapshotComplete()) return;
      }
    }
  }

  /** While a snapshot is made it is looked after often, for it may have news in the moment in which the reader is asked. */
  get #waitMs(): number {
    const { stream, heartbeatMs, snapshotter } = this.#options;
    if (snapshotter.hasNews) return 0;
    if (!snapshotter.isIdle) return SNAPSHOT_LOOK_MS;
    return stream === null || stream.heartbeatMs === 0 ? heartbeatMs : Math.min(heartbeatMs, stream.heartbeatMs);
  }

  /** What the snapshotter sees of the stream. */
  #beside(): SnapshotStream {
    return {
      position: () => {
        const position = this.#session.offset.done.copy();
        if (this.#open !== null) position.add(this.#open.gtid);
        return position;
      },
      openGtid: () => this.#open?.gtid ?? null,
      isSeen: (gtids) => this.#isSeen(gtids),
      commit: async () => {
        this.#markPart();
        await this.#commit();
      },
      wake: () => this.#options.reader.wakeup(),
    };
  }

  /** Rows of a prepared transaction come when it ends: what was read meanwhile does not have them. */
  #isSeen(gtids: GtidSet): boolean {
    const unseen = gtids.subtract(this.#session.offset.done);
    if (unseen.isEmpty) return true;
    const prepared = new GtidSet();
    for (const gtid of this.#prepared.gtids()) prepared.add(gtid);
    return prepared.contains(unseen);
  }

  /** Commits what came before an event that ends the source, so that the topics are exactly at that event. */
  async #applyAll(events: readonly BinlogEvent[]): Promise<void> {
    try {
      for (const event of events) {
        const pending = this.#apply(event);
        if (pending !== undefined) await pending;
        // The rest comes again, when it is known what is to be read, and which tables there are.
        if (this.#isSnapshotNeeded && this.#open === null) return;
      }
    } catch (error) {
      if (isMillraceErrorOf(error) && error.code.startsWith('MYSQL_')) {
        this.#markPart();
        await this.#commit();
      }
      throw error;
    }
  }

  /** Says in the offset how far the open transaction is written. */
  #markPart(): void {
    const open = this.#open;
    const hasRows = open !== null && open.held === null && Object.keys(open.told.rows).length > 0;
    this.#session.offset.current = hasRows ? { gtid: open.gtid, rows: { ...open.told.rows } } : null;
  }

  async #commitIfDue(): Promise<void> {
    if (this.#open !== null) return;
    this.#beat();
    if (!this.#hasProgress && this.#session.buffer.records === 0) return;
    const isDue =
      this.#session.buffer.records > 0 || this.#options.now() - this.#lastCommitMs >= this.#options.heartbeatMs;
    if (isDue) await this.#commit();
  }

  /** A heartbeat says that the source runs, whether anything happens or not. */
  #beat(): void {
    const { stream, now } = this.#options;
    if (stream === null || stream.heartbeatMs === 0 || now() - this.#lastBeatMs < stream.heartbeatMs) return;
    this.#lastBeatMs = now();
    stream.addHeartbeat(this.#lastBeatMs, this.#streamSink);
  }

  async #commit(): Promise<void> {
    await this.#session.commit();
    this.#lastCommitMs = this.#options.now();
    this.#hasProgress = this.#open !== null;
  }

  #apply(event: BinlogEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'begin':
        this.#begin(event.gtid, event.committedAtUs);
        return undefined;
      case 'rows':
        return this.#onRows(event);
      case 'statement':
        return this.#onStatement(event);
      case 'prepared-begin':
        this.#transaction.held = [];
        return undefined;
      case 'prepared':
        this.#hold(event.xid);
        return undefined;
      case 'prepared-end':
        return this.#endPrepared(event.xid, event.isCommitted);
      case 'commit':
        this.#options.onPlace(event.next);
        return this.#end();
      case 'rollback':
        return this.#rollBack();
      case 'heartbeat':
        this.#options.onPlace(event.at);
        return undefined;
      case 'unreadable':
        throw event.error;
    }
  }

  get #transaction(): OpenTransaction {
    if (this.#open === null)
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a GTID before each transaction, got none');
    return this.#open;
  }

  #begin(gtid: string | null, committedAtUs: number): void {
    if (gtid === null) {
      throw new MillraceError(
        'MYSQL_SETTING_UNSUPPORTED',
        'Expected each transaction to have a GTID, got one without: SET PERSIST gtid_mode = ON',
      );
    }
    const { current } = this.#session.offset;
    this.#open = {
      gtid,
      told: new SourceTransaction(gtid, committedAtUs),
      skip: current?.gtid === gtid ? current.rows : NOTHING,
      held: null,
      committedPreparation: null,
      isTold: false,
      isStatement: false,
    };
    this.#options.onTransaction(Math.floor(committedAtUs / 1000));
  }

  #onRows(change: RowsChanged): Promise<void> | undefined {
    if (!change.isComplete && this.#options.needsWholeRows) {
      throw new MillraceError(
        'MYSQL_SETTING_UNSUPPORTED',
        'Expected rows with all their columns, got some left out: SET PERSIST binlog_row_image = FULL (and FULL in every session)',
        { context: { table: tableName(change.table), file: change.at.file, position: change.at.position } },
      );
    }
    const { held } = this.#transaction;
    if (held === null) return this.#emit(change);
    held.push(change);
    return undefined;
  }

  #emit(change: RowsChanged): Promise<void> | undefined {
    this.#tellBegin();
    for (const name of this.#cascades.reachedBy(change)) this.#forgetSnapshot(name);
    const table = this.#session.tables.get(tableName(change.table));
    if (table === undefined || this.#isContained(table)) return undefined;
    return table.isPrepared(change.table) ? this.#addRows(table, change, 0) : this.#prepareAndAdd(table, change);
  }

  /** Whether what the transaction did to the table is in its snapshot, or will be. */
  #isContained(table: CapturedTable): boolean {
    return this.#options.snapshotter.isPending(table) || table.progress.since?.has(this.#transaction.gtid) === true;
  }

  /** The table is read anew at a later point; a snapshot that has this transaction already has its effects too. */
  #forgetSnapshot(name: string): void {
    const table = this.#session.tables.get(name);
    if (table === undefined || (this.#isContained(table) && !table.isAbsent)) return;
    const { progress } = table;
    progress.isSnapshotted = false;
    progress.since = null;
    progress.chunks = null;
    this.#isSnapshotNeeded = true;
    this.#options.onSnapshotNeeded();
  }

  async #prepareAndAdd(table: CapturedTable, change: RowsChanged): Promise<void> {
    try {
      await table.prepare(change.table);
    } catch (error) {
      if (!this.#options.changes.followsKeys || !isMillraceErrorOf(error, 'MYSQL_KEY_CHANGED')) throw error;
      this.#forgetSnapshot(table.name);
      return;
    }
    await this.#addRows(table, change, 0);
  }

  /** Adds the rows from `start` on; waits only where the broker transaction is full and must be committed in between. */
  #addRows(table: CapturedTable, change: RowsChanged, start: number): Promise<void> | undefined {
    if (start === 0) {
      this.#options.snapshotter.observe(table, change);
      this.#options.onRows(table.name, change.operation, change.rows.length);
    }
    const { told, skip: written } = this.#transaction;
    const sink = table.sinkIn(this.#session.buffer);
    const to = { transaction: told, row: told.rows[table.name] ?? 0, sink };
    const skip = written[table.name] ?? 0;
    for (let index = start; index < change.rows.length; index++) {
      // What is written already is made once more and dropped, for a format may count its events.
      to.sink = to.row < skip ? DROP : sink;
      table.addChange(change, index, to);
      told.rows[table.name] = ++to.row;
      if (this.#session.isFull) return this.#commitAndContinue(table, { change, next: index + 1 });
    }
    return undefined;
  }

  async #commitAndContinue(table: CapturedTable, rest: { change: RowsChanged; next: number }): Promise<void> {
    this.#markPart();
    await this.#commit();
    await this.#addRows(table, rest.change, rest.next);
  }

  async #onStatement(statement: StatementExecuted): Promise<void> {
    const transaction = this.#transaction;
    transaction.isStatement = true;
    const { changes, stream, onFound, query } = this.#options;
    const verdict = changes.judge(statement, (table) => this.#isContained(table));
    for (const table of verdict.reread) this.#forgetSnapshot(table.name);
    for (const table of verdict.truncated) {
      const format = table.latest ?? (await table.prepare(table.described));
      format.addTruncate(statement, {
        transaction: transaction.told,
        row: 0,
        sink: table.sinkIn(this.#session.buffer),
      });
    }
    const tables = [...verdict.touched, ...verdict.found.map(({ table }) => table)];
    const isAbout = tables.length > 0 || this.#hasDatabase(statement);
    if (stream !== null && isAbout) {
      await stream.addStatement({ statement, transaction: transaction.told, tables, query }, this.#streamSink);
    }
    if (verdict.found.length === 0) return;
    onFound(verdict.found);
    this.#isSnapshotNeeded = true;
    this.#options.onSnapshotNeeded();
  }

  /** Whether the statement is about a database that tables are captured of: CREATE DATABASE, and the like. */
  #hasDatabase({ sql, database }: StatementExecuted): boolean {
    if (!/^\s*(CREATE|ALTER|DROP)\s+(DATABASE|SCHEMA)\b/i.test(sql)) return false;
    return [...this.#session.tables.values()].some(({ described }) => described.database === database);
  }

  /** An XA transaction is prepared: it counts as done only when its end has been read, so that a restart reads it again. */
  #hold(xid: string): void {
    const { gtid, held } = this.#transaction;
    if (held === null || held.length === 0) this.#session.offset.done.add(gtid);
    else this.#prepared.add(xid, { gtid, changes: held });
    this.#finish();
  }

  async #endPrepared(xid: string, isCommitted: boolean): Promise<void> {
    const prepared = this.#prepared.take(xid);
    if (prepared === undefined) return;
    this.#transaction.committedPreparation = prepared.gtid;
    if (!isCommitted) return;
    for (const change of prepared.changes) {
      const pending = this.#emit(change);
      if (pending !== undefined) await pending;
    }
  }

  #end(): Promise<void> | undefined {
    const { gtid, held, committedPreparation } = this.#transaction;
    // XA COMMIT ... ONE PHASE: what was held counts at once.
    if (held !== null && held.length > 0) return this.#endOnePhase(held);
    this.#tellEnd();
    this.#session.offset.done.add(gtid);
    if (committedPreparation !== null) this.#session.offset.done.add(committedPreparation);
    this.#finish();
    return this.#session.isFull ? this.#commit() : undefined;
  }

  /** Only transactions that changed other engines' tables too are logged so; rows of theirs may be written already. */
  #rollBack(): Promise<void> | undefined {
    const { gtid, told } = this.#transaction;
    if (Object.keys(told.rows).length > 0) {
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a transaction to be committed, got it rolled back', {
        context: { gtid },
      });
    }
    return this.#end();
  }

  async #endOnePhase(held: readonly RowsChanged[]): Promise<void> {
    this.#transaction.held = null;
    for (const change of held) {
      const pending = this.#emit(change);
      if (pending !== undefined) await pending;
    }
    await this.#end();
  }

  #tellBegin(): void {
    const transaction = this.#transaction;
    const { stream } = this.#options;
    if (stream === null || transaction.isTold) return;
    transaction.isTold = true;
    stream.addBegin(transaction.told, transaction.skip === NOTHING ? this.#streamSink : () => DROP);
  }

  #tellEnd(): void {
    const { stream } = this.#options;
    if (stream === null || this.#transaction.isStatement) return;
    this.#tellBegin();
    stream.addEnd(this.#transaction.told, this.#streamSink);
  }

  readonly #streamSink = (topic: string): RecordSink => this.#session.buffer.sink(topic, 1);

  #finish(): void {
    this.#session.offset.current = null;
    this.#open = null;
    this.#hasProgress = true;
  }
}
