import { MillraceError } from '../../core/millrace-error.ts';
import type {
  BinlogPlace,
  BinlogEvent,
  BinlogReader,
  RowsChanged,
  StatementExecuted,
  TransactionBegin,
  TransactionPrepared,
} from '../binlog/binlog-reader.ts';
import { eventFailure } from '../binlog/event-failure.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import { tableName } from '../schema/column-schema.ts';
import type { CaptureSession } from './capture-session.ts';
import type { CapturedTable } from './captured-table.ts';
import type { Cascade } from '../schema/read-cascades.ts';
import { GtidSet } from '../binlog/gtid-set.ts';
import type { Snapshotter, SnapshotStream } from '../snapshot/snapshotter.ts';
import { type HeldChange, PreparedTransactions } from './prepared-transactions.ts';
import { atEvent, type Quarantine } from './quarantine.ts';
import { RowsWriter, type WrittenTransaction } from './rows-writer.ts';
import type { SchemaVersions } from './schema-versions.ts';
import { StreamTeller } from './stream-teller.ts';
import type { TransactionHistory, TransactionIdentity } from './transaction-history.ts';
import type { StreamRecords } from '../format/record-format.ts';
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
  readonly history: TransactionHistory;
  readonly versions: SchemaVersions;
  /** Where events go that cannot be read; null where they end the source. */
  readonly quarantine: Quarantine | null;
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
interface OpenTransaction extends WrittenTransaction {
  readonly identity: TransactionIdentity;
  /** Whether it was done with before, so that nothing of it counts. */
  readonly isDone: boolean;
  /** Rows of an XA transaction that is not committed yet; null in any other. */
  held: HeldChange[] | null;
  committedPreparation: TransactionIdentity | null;
  /** A statement is no transaction to those who read. */
  isStatement: boolean;
}

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
  readonly #teller: StreamTeller;
  readonly #writer: RowsWriter;
  #isSnapshotNeeded = false;
  #open: OpenTransaction | null = null;
  #lastCommitMs: number;
  #hasProgress = false;

  constructor(options: StreamPhaseOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#prepared = new PreparedTransactions(options.preparedBytes);
    this.#cascades = new UnloggedCascades(options.cascades);
    this.#teller = new StreamTeller(options.stream, options.session.buffer);
    this.#writer = new RowsWriter({ ...options, commitPart: () => this.#commitPart() });
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
    const { heartbeatMs, snapshotter } = this.#options;
    if (snapshotter.hasNews) return 0;
    if (!snapshotter.isIdle) return SNAPSHOT_LOOK_MS;
    return this.#teller.waitMs(heartbeatMs);
  }

  /** What the snapshotter sees of the stream. */
  #beside(): SnapshotStream {
    return {
      position: () => {
        const { done } = this.#session.offset;
        return this.#open === null ? done.copy() : done.union(this.#open.identity.set);
      },
      open: () => this.#open?.identity.set ?? null,
      isSeen: (gtids) => this.#isSeen(gtids),
      commit: () => this.#commitPart(),
      wake: () => this.#options.reader.wakeup(),
    };
  }

  /** Rows of a prepared transaction come when it ends: what was read meanwhile does not have them. */
  #isSeen(gtids: GtidSet): boolean {
    const unseen = gtids.subtract(this.#session.offset.done);
    if (unseen.isEmpty) return true;
    let prepared = new GtidSet();
    for (const { set } of this.#prepared.identities()) prepared = prepared.union(set);
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
      if (isMillraceErrorOf(error) && error.code.startsWith('MYSQL_')) await this.#commitPart();
      throw error;
    }
  }

  /** Commits what is written of the open transaction, if there is one, and says in the offset how far that is. */
  async #commitPart(): Promise<void> {
    const open = this.#open;
    const hasRows = open !== null && open.held === null && Object.keys(open.told.rows).length > 0;
    this.#session.offset.current = hasRows ? { gtid: open.identity.name, rows: { ...open.told.rows } } : null;
    await this.#commit();
  }

  async #commitIfDue(): Promise<void> {
    if (this.#open !== null) return;
    this.#teller.beat(this.#options.now());
    if (!this.#hasProgress && this.#session.buffer.records === 0) return;
    const isDue =
      this.#session.buffer.records > 0 || this.#options.now() - this.#lastCommitMs >= this.#options.heartbeatMs;
    if (isDue) await this.#commit();
  }

  async #commit(): Promise<void> {
    await this.#session.commit();
    this.#lastCommitMs = this.#options.now();
    this.#hasProgress = this.#open !== null;
  }

  #apply(event: BinlogEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'begin':
        this.#begin(event);
        return undefined;
      case 'rows':
      case 'unreadable':
        return this.#onChange(event);
      case 'statement':
        return this.#onStatement(event);
      case 'prepared-begin':
        this.#transaction.held = [];
        return undefined;
      case 'prepared':
        this.#hold(event);
        return undefined;
      case 'prepared-end':
        return this.#endPrepared(event.xid, event.isCommitted);
      case 'commit':
        this.#options.onPlace(event.next);
        return this.#end(event.next);
      case 'rollback':
        return this.#rollBack(event.next);
      case 'heartbeat':
        this.#options.onPlace(event.at);
        this.#hasProgress = this.#options.history.pass(event.at) || this.#hasProgress;
        return undefined;
    }
  }

  get #transaction(): OpenTransaction {
    if (this.#open === null)
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a GTID before each transaction, got none');
    return this.#open;
  }

  #begin(event: TransactionBegin): void {
    const { committedAtUs } = event;
    const { history } = this.#options;
    const identity = history.begin(event);
    const { current } = this.#session.offset;
    this.#open = {
      identity,
      isDone: history.isDone(identity),
      told: new SourceTransaction(identity, committedAtUs),
      skip: current?.gtid === identity.name ? current.rows : NOTHING,
      held: null,
      committedPreparation: null,
      isStatement: false,
    };
    this.#options.onTransaction(Math.floor(committedAtUs / 1000));
  }

  #onChange(change: HeldChange): Promise<void> | undefined {
    const { held, isDone } = this.#transaction;
    if (isDone) return undefined;
    if (held === null) return this.#emit(change);
    held.push(change);
    return undefined;
  }

  #emit(change: HeldChange): Promise<void> | undefined {
    this.#teller.begin(this.#transaction.told, this.#transaction.skip !== NOTHING);
    if (change.kind === 'unreadable') {
      this.#writer.setAside({ ...change, row: change.firstRow, isOneRow: false }, this.#transaction);
      return undefined;
    }
    this.#options.versions.written(change.table);
    for (const name of this.#cascades.reachedBy(change)) this.#forgetSnapshot(name);
    const table = this.#session.tables.get(tableName(change.table));
    if (table === undefined || this.#isContained(table)) return undefined;
    if (!change.isComplete && this.#options.needsWholeRows) {
      this.#writer.setAllAside(leftOut(), { table, change, transaction: this.#transaction });
      return undefined;
    }
    if (!table.isPrepared(change.table)) return this.#prepareAndAdd(table, change);
    return this.#writer.add(table, change, this.#transaction);
  }

  /** Whether what the transaction did to the table is in its snapshot, or will be. */
  #isContained(table: CapturedTable): boolean {
    return (
      this.#options.snapshotter.isPending(table) ||
      table.progress.since?.contains(this.#transaction.identity.set) === true
    );
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
      if (!this.#options.changes.followsKeys || !isMillraceErrorOf(error, 'MYSQL_KEY_CHANGED')) {
        throw atEvent(eventFailure(error), change, this.#transaction.identity.name);
      }
      this.#forgetSnapshot(table.name);
      return;
    }
    await this.#writer.add(table, change, this.#transaction);
  }

  async #onStatement(statement: StatementExecuted): Promise<void> {
    const transaction = this.#transaction;
    this.#options.versions.applied(statement, transaction.isDone);
    if (transaction.isDone) return;
    transaction.isStatement = true;
    const { changes, onFound, query } = this.#options;
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
    if (isAbout) await this.#teller.addStatement({ statement, transaction: transaction.told, tables, query });
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
  #hold({ xid, next }: TransactionPrepared): void {
    const { identity, held, isDone } = this.#transaction;
    const { history } = this.#options;
    history.end(identity, next);
    if (held === null || held.length === 0) history.complete(identity);
    else if (!isDone) this.#prepared.add(xid, { identity, changes: held });
    this.#finish();
  }

  async #endPrepared(xid: string, isCommitted: boolean): Promise<void> {
    const prepared = this.#prepared.take(xid);
    if (prepared === undefined) return;
    this.#transaction.committedPreparation = prepared.identity;
    if (!isCommitted) return;
    for (const change of prepared.changes) {
      const pending = this.#emit(change);
      if (pending !== undefined) await pending;
    }
  }

  #end(next: BinlogPlace): Promise<void> | undefined {
    const { identity, told, skip, held, committedPreparation, isDone, isStatement } = this.#transaction;
    const { history } = this.#options;
    // XA COMMIT ... ONE PHASE: what was held counts at once.
    if (held !== null && held.length > 0) return this.#endOnePhase(held, next);
    if (!isDone && !isStatement) this.#teller.end(told, skip !== NOTHING);
    history.end(identity, next);
    history.complete(identity);
    if (committedPreparation !== null) history.complete(committedPreparation);
    this.#finish();
    return this.#session.isFull ? this.#commit() : undefined;
  }

  /** Only transactions that changed other engines' tables too are logged so; rows of theirs may be written already. */
  #rollBack(next: BinlogPlace): Promise<void> | undefined {
    const { identity, told } = this.#transaction;
    if (Object.keys(told.rows).length > 0) {
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a transaction to be committed, got it rolled back', {
        context: { gtid: identity.name },
      });
    }
    return this.#end(next);
  }

  async #endOnePhase(held: readonly HeldChange[], next: BinlogPlace): Promise<void> {
    this.#transaction.held = null;
    for (const change of held) {
      const pending = this.#emit(change);
      if (pending !== undefined) await pending;
    }
    await this.#end(next);
  }

  #finish(): void {
    this.#session.offset.current = null;
    this.#open = null;
    this.#hasProgress = true;
  }
}

function leftOut(): MillraceError {
  return new MillraceError(
    'MYSQL_SETTING_UNSUPPORTED',
    'Expected rows with all their columns, got some left out: SET PERSIST binlog_row_image = FULL (and FULL in every session)',
  );
}
