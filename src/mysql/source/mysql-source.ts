import type { Broker, TransactionalProducer } from '../../broker/port.ts';
import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import { readSourceHealth, type SourceHealth, type TableCounts } from './source-health.ts';
import type { BinlogPlace, BinlogReader } from '../binlog/binlog-reader.ts';
import type { RecordFormat } from '../format/record-format.ts';
import { RowFormat } from '../format/row-format.ts';
import { nextAddress, parseMysqlUrl, type MysqlAddress } from '../connection/mysql-address.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import { tableName, type TableName } from '../schema/column-schema.ts';
import type { SnapshotLocking } from '../snapshot/consistent-point.ts';
import type { BigintPolicy } from '../values/column-codec.ts';
import { Backoff } from './backoff.ts';
import { openCapture, type Capture, type ExpectedTable } from './open-capture.ts';
import type { Snapshotter } from '../snapshot/snapshotter.ts';
import type { SnapshotProgress } from './snapshot-progress.ts';
import { openHistory } from './open-history.ts';
import { Quarantine } from './quarantine.ts';
import { SourceSnapshots } from './source-snapshots.ts';
import { decodeOffset } from './source-offset.ts';
import { transition, type SourceEvent, type SourceState } from './source-state.ts';
import { readLastOffset, ensureOffsetsTopic } from './source-topics.ts';
import { StreamPhase, type StreamPhaseOptions } from './stream-phase.ts';
import { TableChanges, type SchemaChangePolicy, type StatementVerdict } from './table-changes.ts';

/**
 * When tables are read. `initial`: each once, before its changes. `never`: only changes are. `when_needed`: as `initial`, and
 * all anew when the server no longer has the history that is needed to go on. `initial_only`: each once, and then the source
 * ends. `always`: all anew at each start.
 */
export type SnapshotMode = 'initial' | 'never' | 'when_needed' | 'initial_only' | 'always';

/** A table to capture. */
export interface SourceTable extends ExpectedTable {
  /**
   * A condition in SQL that rows must meet to be read by snapshots; what the binlog says of others comes all the same. It
   * goes into statements as it is.
   */
  readonly where?: string;
  /**
   * True where it does not matter which tables are complete before it, so that its snapshot may be made beside those of
   * other such tables. By default it is made when those of all tables before it are complete.
   */
  readonly isTable?: boolean;
}

/** What a source captures, from where, to where, and how. */
export interface MySqlSourceOptions {
  readonly broker: Broker;
  /** `mysql://user:password@host:3306`; see `parseMysqlUrl`. */
  readonly url: string;
  /** Topics are named `<topicPrefix>.<database>.<table>`; offsets are in `<topicPrefix>.__offsets`. */
  readonly topicPrefix: string;
  /** In the order of their snapshots: what is to be joined with a table comes after it. */
  readonly tables: readonly SourceTable[];
  /** Whether a table that is created, or gets its name, while the source runs is captured from then on. By default none is. */
  readonly discover?: (table: TableName) => boolean;
  /** What becomes of changes of tables. Default `evolve`. */
  readonly schemaChanges?: SchemaChangePolicy;
  /** Partitions of topics that the source creates. */
  readonly partitions: number;
  /** How BIGINT columns come out. */
  readonly bigint: BigintPolicy;
  /** How rows become records; by default each is the row itself as JSON. */
  readonly format?: RecordFormat;
  /**
   * Tables to take a new snapshot of at this start, whatever is committed: after one was dropped and made again, truncated or
   * given another key. Keys that it has no more get tombstones. With all tables the source starts over at the point of that
   * snapshot, whatever history the server has lost: also after its binlog was purged, or on another server.
   */
  readonly resnapshot?: readonly TableName[];
  /** The id that MySQL knows this replica by; by default random at each connection. */
  readonly serverId?: number;
  /** When tables are read; default `initial`. */
  readonly snapshotMode?: SnapshotMode;
  readonly snapshotLocking?: SnapshotLocking;
  /** Seconds to wait for the lock of the snapshot's consistent point. Default 10. */
  readonly lockTimeoutSeconds?: number;
  /** Rows of the chunks that tables are read in. Default 20 000. */
  readonly snapshotChunkRows?: number;
  /** Chunks that are read at once, each on a connection of its own. Default 2. */
  readonly snapshotThreads?: number;
  /** Records of one broker transaction at most. Default 10 000. */
  readonly commitRecords?: number;
  /** Bytes of one broker transaction, about. Default 8 MiB. */
  readonly commitBytes?: number;
  /** Bytes of binlog events that may wait for the broker before MySQL is held back. Default 4 MiB. */
  readonly queueBytes?: number;
  /** Where events of rows go that cannot be read; without it, null, they end the source. */
  readonly quarantineTopic?: string | null;
  /** Bytes of prepared XA transactions that may be held. Default 64 MiB. */
  readonly preparedBytes?: number;
  /** How often the offset is written while only other tables change, in milliseconds. Default 5000. */
  readonly heartbeatMs?: number;
  /** The longest wait between attempts to connect again, in milliseconds. Default 10 000. */
  readonly maxBackoffMs?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** What a source is doing, for `millrace status` and the metrics. */
export interface MySqlSourceStatus {
  readonly state: SourceState;
  /** The tables whose snapshot was begun since the start. */
  readonly snapshot: readonly Readonly<SnapshotProgress>[];
  /** How old the newest transaction read was when it was read, in milliseconds; 0 while nothing is behind. */
  readonly lagMs: number;
  /** Transactions that are done with and committed to the broker; empty where the server has no GTIDs. */
  readonly gtidSet: string;
  /** Records committed since the start. */
  readonly rowsEmitted: number;
  /** How often the connection was lost since the start. */
  readonly reconnects: number;
  /** Rows that the stream has written since the start, by table. */
  readonly tables: readonly TableCounts[];
  /** Where in the server's binlog the stream is; null before it streams. */
  readonly place: BinlogPlace | null;
}

type Settings = Required<Omit<MySqlSourceOptions, 'serverId'>> & Pick<MySqlSourceOptions, 'serverId'>;

const DEFAULTS = {
  resnapshot: [],
  snapshotMode: 'initial',
  discover: () => false,
  schemaChanges: 'evolve',
  snapshotLocking: 'auto',
  lockTimeoutSeconds: 10,
  snapshotChunkRows: 20_000,
  snapshotThreads: 2,
  commitRecords: 10_000,
  commitBytes: 8 << 20,
  queueBytes: 4 << 20,
  quarantineTopic: null,
  preparedBytes: 64 << 20,
  heartbeatMs: 5000,
  maxBackoffMs: 10_000,
  logger: silentLogger,
  clock: systemClock,
} as const;

/**
 * Captures tables of one MySQL server into topics: a snapshot of each, then its changes from exactly that point on.
 *
 * Rows and offset are written in the same broker transaction, so that nothing is lost or doubled whenever it stops. Its
 * producer is `millrace-mysql-<prefix>`: a second source with the same prefix fences the first.
 */
export class MySqlSource {
  /** Resolves after `stop`; rejects with the error that ended the source. */
  readonly finished: Promise<void>;
  readonly #settings: Settings;
  #address: MysqlAddress;
  readonly #resolveFinished: () => void;
  readonly #rejectFinished: (error: unknown) => void;
  readonly #backoff: Backoff;
  #state: SourceState = 'created';
  #snapshots: SourceSnapshots | undefined;
  #lagMs = 0;
  #place: BinlogPlace | null = null;
  readonly #counts = new Map<string, { inserted: number; updated: number; deleted: number }>();
  #emitted = 0;
  #reconnects = 0;
  #producer: TransactionalProducer | undefined;
  #committed: Buffer | null = null;
  #resnapshot: readonly TableName[];
  readonly #found: TableName[] = [];
  readonly #createdTables = new Set<string>();
  #reader: BinlogReader | undefined;
  #capture: Capture | undefined;
  #background: Promise<void> = Promise.resolve();

  /** Throws MYSQL_URL_INVALID. */
  constructor(options: MySqlSourceOptions) {
    this.#settings = { ...DEFAULTS, format: new RowFormat(options.topicPrefix), ...options };
    this.#address = parseMysqlUrl(options.url);
    this.#backoff = new Backoff(this.#settings.maxBackoffMs);
    const { snapshotMode, tables, resnapshot } = this.#settings;
    this.#resnapshot = snapshotMode === 'always' ? tables : resnapshot;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.finished = promise;
    // Unheard, the rejection would end the process: the start throws it, and later ones are logged.
    promise.catch(() => undefined);
    this.#resolveFinished = resolve;
    this.#rejectFinished = reject;
  }

  /**
   * Checks the server and the tables, fences older sources, and starts to capture in the background.
   *
   * Throws what is wrong at the start: MYSQL_UNREACHABLE, MYSQL_ACCESS_DENIED, MYSQL_GRANT_MISSING,
   * MYSQL_SETTING_UNSUPPORTED, MYSQL_TABLE_NOT_FOUND, MYSQL_UNSUPPORTED_TABLE, MYSQL_UNSUPPORTED_COLUMN,
   * MYSQL_BINLOG_PURGED, MYSQL_HISTORY_DIVERGED, MYSQL_OFFSETS_INVALID. Later errors reject `finished`.
   */
  async start(): Promise<void> {
    this.#on('start');
    const starting = this.#startUp();
    this.#background = starting.then(
      () => this.#run(),
      () => undefined,
    );
    await starting;
  }

  /** What it is doing now. */
  status(): MySqlSourceStatus {
    return {
      state: this.#state,
      snapshot: this.#snapshots?.progress() ?? [],
      lagMs: this.#lagMs,
      gtidSet: this.#gtidSet(),
      rowsEmitted: this.#emitted,
      reconnects: this.#reconnects,
      tables: [...this.#counts].map(([table, counts]) => ({ table, ...counts })),
      place: this.#place,
    };
  }

  #gtidSet(): string {
    if (this.#committed === null) return '';
    const { done, binlogName } = decodeOffset(this.#committed);
    return binlogName === null ? done.toString() : '';
  }

  /** Asks the server how far behind the source is, on a connection of its own. */
  health(): Promise<SourceHealth> {
    return readSourceHealth(this.#address, { place: this.#place, lagMs: this.#lagMs });
  }

  /** Ends after the broker transaction that is on its way. May be called in any state, and twice. */
  async stop(): Promise<void> {
    const wasCreated = this.#state === 'created';
    this.#on('stop');
    if (wasCreated) this.#resolveFinished();
    this.#reader?.wakeup();
    this.#backoff.wakeup();
    await this.#background;
  }

  async #startUp(): Promise<void> {
    const { broker, topicPrefix } = this.#settings;
    try {
      await ensureOffsetsTopic(broker, topicPrefix);
      this.#producer = await broker.openTransactionalProducer(`millrace-mysql-${topicPrefix}`);
      this.#committed = await readLastOffset(broker, topicPrefix);
      await this.#openAnyHost();
    } catch (error) {
      this.#on('fail');
      await this.#release();
      this.#rejectFinished(error);
      throw error;
    }
  }

  /** Of several hosts the first that answers; the error of the first when none does. */
  async #openAnyHost(): Promise<void> {
    const errors: unknown[] = [];
    for (let tried = 0; tried <= this.#address.others.length; tried++) {
      try {
        await this.#open();
        return;
      } catch (error) {
        if (!isMillraceErrorOf(error, 'MYSQL_UNREACHABLE')) throw error;
        errors.push(error);
        this.#address = nextAddress(this.#address);
      }
    }
    throw errors[0];
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isStopping()) await this.#captureOnce();
      await this.#release();
      this.#on('ended');
      this.#resolveFinished();
    } catch (error) {
      this.#on('fail');
      await this.#release();
      // Whoever does not look at `finished` is told by the logger.
      this.#settings.logger.error('MySQL source failed', { error });
      this.#rejectFinished(error);
    }
  }

  /** Captures until it is stopped, a table must be snapshotted anew, or the connection is lost, which is then made again. */
  async #captureOnce(): Promise<void> {
    try {
      if (this.#capture === undefined) await this.#open();
      await this.#snapshotThenStream(this.#capture as Capture);
      // Tables may be others by now: they are described anew.
      await this.#closeCapture();
    } catch (error) {
      if (this.#isStopping()) return;
      if (this.#mayStartOver(error)) {
        await this.#closeCapture();
        return;
      }
      const isSnapshotting = this.#state === 'snapshotting';
      if (
        !isMillraceErrorOf(error, 'MYSQL_UNREACHABLE', 'SCHEMA_REGISTRY_UNREACHABLE') &&
        !(isSnapshotting && isMillraceErrorOf(error, ...this.#changedMeanwhile))
      ) {
        throw error;
      }
      this.#on('connection-lost');
      this.#reconnects++;
      this.#settings.logger.warn('connection lost, connecting again', { error });
      await this.#closeCapture();
      await this.#backoff.wait();
      this.#address = nextAddress(this.#address);
    }
  }

  /** A table that is being read may be another meanwhile, which the stream has not come to yet. */
  get #changedMeanwhile(): readonly ErrorCode[] {
    const { schemaChanges } = this.#settings;
    if (schemaChanges !== 'evolve') return ['MYSQL_TABLE_CHANGED'];
    return ['MYSQL_TABLE_CHANGED', 'MYSQL_KEY_CHANGED', 'MYSQL_TABLE_NOT_FOUND'];
  }

  /** What can be read in chunks is read while its changes are streamed, the rest before, at a point of its own. */
  async #snapshotThenStream(capture: Capture): Promise<void> {
    const { session } = capture;
    const snapshots = new SourceSnapshots({
      ...this.#settings,
      tables: this.#tables(),
      session,
      address: this.#address,
    });
    this.#snapshots = snapshots;
    if (!snapshots.isComplete) this.#onSnapshot();
    await snapshots.begin(() => this.#isStopping());
    if (this.#isStopping()) return;
    const versions = await capture.openVersions();
    this.#reader = capture.createReader(versions);
    const history = openHistory(session.offset);
    await this.#reader.open(history.start);
    if (snapshots.isComplete) this.#on('stream');
    this.#backoff.reset();
    const snapshotter = snapshots.createSnapshotter();
    try {
      await this.#stream(capture, snapshotter, { history, versions });
    } finally {
      snapshotter.close();
    }
  }

  async #stream(
    capture: Capture,
    snapshotter: Snapshotter,
    from: Pick<StreamPhaseOptions, 'history' | 'versions'>,
  ): Promise<void> {
    const { format, discover, schemaChanges: policy, logger, quarantineTopic } = this.#settings;
    const { session } = capture;
    await new StreamPhase({
      needsWholeRows: format.isState,
      changes: new TableChanges({ session, policy, format, isWanted: discover, logger }),
      query: capture.query,
      onFound: (found) => this.#addTables(found),
      session,
      ...from,
      quarantine: quarantineTopic === null ? null : new Quarantine(quarantineTopic, logger),
      reader: this.#reader as BinlogReader,
      snapshotter,
      cascades: capture.cascades,
      heartbeatMs: this.#settings.heartbeatMs,
      preparedBytes: this.#settings.preparedBytes,
      now: () => this.#settings.clock.now(),
      isStopping: () => this.#isStopping(),
      stream: format.stream,
      onTransaction: (committedAtMs) => {
        this.#lagMs = Math.max(0, this.#settings.clock.now() - committedAtMs);
      },
      onCaughtUp: () => {
        this.#lagMs = 0;
      },
      onPlace: (place) => {
        this.#place = place;
      },
      onRows: (table, operation, rows) => this.#count(table, operation, rows),
      onSnapshotNeeded: () => this.#onSnapshot(),
      onSnapshotComplete: () => {
        if (this.#state === 'snapshotting') this.#on('stream');
        const isOver = this.#settings.snapshotMode === 'initial_only' && this.#snapshots?.isComplete === true;
        if (isOver) this.#on('stop');
        return !isOver;
      },
    }).run();
  }

  /** Those that were asked for at the start, and those that signals have added. */
  #tables(): readonly SourceTable[] {
    const tables: readonly SourceTable[] = [...this.#settings.tables, ...this.#found];
    const added = this.#committed === null ? [] : decodeOffset(this.#committed).signals.added;
    const known = new Set(tables.map(tableName));
    const others = added.filter((table) => !known.has(tableName(table)));
    return [
      ...tables,
      ...others.map(({ where, ...name }) => ({ ...name, ...(where === null ? {} : { where }), isTable: true })),
    ];
  }

  /** With `when_needed`, history that the server has no more is made up for by reading all tables anew. */
  #mayStartOver(error: unknown): boolean {
    if (this.#settings.snapshotMode !== 'when_needed' || this.#resnapshot.length > 0) return false;
    if (!isMillraceErrorOf(error, 'MYSQL_BINLOG_PURGED', 'MYSQL_HISTORY_DIVERGED')) return false;
    this.#settings.logger.warn('the server no longer has what is needed to go on: all tables are read anew', { error });
    this.#resnapshot = this.#tables();
    return true;
  }

  #count(table: string, operation: 'insert' | 'update' | 'delete', rows: number): void {
    let counts = this.#counts.get(table);
    if (counts === undefined) this.#counts.set(table, (counts = { inserted: 0, updated: 0, deleted: 0 }));
    if (operation === 'insert') counts.inserted += rows;
    else if (operation === 'update') counts.updated += rows;
    else counts.deleted += rows;
  }

  /** Tables that are found are captured from the next start of the stream on; new ones need no snapshot. */
  #addTables(found: StatementVerdict['found']): void {
    for (const { table, isNew } of found) {
      const name = tableName(table);
      if (this.#found.some((known) => tableName(known) === name)) continue;
      this.#found.push(table);
      this.#settings.logger.info('table found', { table: name });
      if (isNew) this.#createdTables.add(name);
    }
  }

  async #open(): Promise<void> {
    try {
      await this.#openOnce();
    } catch (error) {
      if (!this.#mayStartOver(error)) throw error;
      await this.#openOnce();
    }
  }

  async #openOnce(): Promise<void> {
    this.#capture = await openCapture({
      ...this.#settings,
      tables: this.#tables(),
      createdTables: this.#createdTables,
      address: this.#address,
      producer: this.#producer as TransactionalProducer,
      prefix: this.#settings.topicPrefix,
      committed: this.#committed,
      resnapshot: this.#resnapshot,
      onCommit: (offset, records) => {
        // The first commit says which tables are to be read anew; before it, a lost connection must not forget them.
        this.#resnapshot = [];
        this.#committed = offset;
        this.#emitted += records;
      },
    });
  }

  async #closeReader(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }

  async #closeCapture(): Promise<void> {
    await this.#closeReader();
    this.#capture?.close();
    this.#capture = undefined;
  }

  async #release(): Promise<void> {
    await this.#closeCapture();
    await this.#producer?.close();
    this.#producer = undefined;
  }

  #onSnapshot(): void {
    if (this.#state !== 'snapshotting') this.#on('snapshot');
  }

  #isStopping(): boolean {
    return this.#state === 'stopping';
  }

  #on(event: SourceEvent): void {
    this.#state = transition(this.#state, event);
  }
}
