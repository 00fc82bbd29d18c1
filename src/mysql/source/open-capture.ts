import type { Broker, TransactionalProducer } from '../../broker/port.ts';
import type { Clock } from '../../core/clock.ts';
import type { BinlogReader } from '../binlog/binlog-reader.ts';
import { GtidSet } from '../binlog/gtid-set.ts';
import { parseBinlogFile } from '../binlog/place-set.ts';
import type { TableNaming } from '../binlog/mapped-schema.ts';
import { MysqlBinlogReader } from '../binlog/mysql-binlog-reader.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { MysqlConnection, type QueryText } from '../connection/mysql-connection.ts';
import { awaitExecution } from '../doctor/await-execution.ts';
import { requireHistory, requireServer } from '../doctor/require-server.ts';
import { readServerFacts } from '../doctor/server-facts.ts';
import { tableName, type TableName } from '../schema/column-schema.ts';
import { readCascades, type Cascade } from '../schema/read-cascades.ts';
import { readTableSchemas, type DescribedTable } from '../schema/read-table-schemas.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { gtidWatermarks, PlaceWatermarks, readBinlogEnd } from '../snapshot/server-watermark.ts';
import { quoteName, quoteTable } from '../snapshot/select-statement.ts';
import type { RecordFormat } from '../format/record-format.ts';
import { CharsetDecoders } from '../values/charset-decoder.ts';
import { expectedColumns, type ExpectedColumn } from '../schema/schema-compatibility.ts';
import type { SchemaChangePolicy } from './table-changes.ts';
import type { Logger } from '../../core/logger.ts';
import type { BigintPolicy } from '../values/column-codec.ts';
import { CaptureSession } from './capture-session.ts';
import { CapturedTable, keyChanged } from './captured-table.ts';
import { decodeOffset, noSignals, type SourceOffset, type TableProgress } from './source-offset.ts';
import { SchemaVersions } from './schema-versions.ts';
import { requirePlace } from './require-place.ts';
import { ensureQuarantineTopic, ensureTopics, offsetsTopicOf } from './source-topics.ts';

/** A table to capture, and what those who read it expect of it; where nothing is said, what it has at the start. */
export interface ExpectedTable extends TableName {
  readonly columns?: { readonly [column: string]: string };
}

/** What a capture needs. */
export interface CaptureOptions {
  readonly broker: Broker;
  readonly producer: TransactionalProducer;
  readonly address: MysqlAddress;
  readonly prefix: string;
  readonly tables: readonly ExpectedTable[];
  readonly partitions: number;
  readonly bigint: BigintPolicy;
  readonly format: RecordFormat;
  readonly schemaChanges: SchemaChangePolicy;
  /** `database.table` of those that the stream has seen being created: all their rows are events. */
  readonly createdTables: ReadonlySet<string>;
  readonly logger: Logger;
  readonly serverId?: number | undefined;
  readonly commitRecords: number;
  readonly commitBytes: number;
  readonly queueBytes: number;
  readonly lockTimeoutSeconds: number;
  readonly quarantineTopic: string | null;
  readonly clock: Clock;
  /** Tables to forget the snapshots of. When these are all, what is committed counts for nothing. */
  readonly resnapshot: readonly TableName[];
  /** The offset of the source's last commit, as its topic has it; null when it has never committed. */
  readonly committed: Buffer | null;
  /** Told after each commit: the offset as its topic has it, and how many records were committed. */
  readonly onCommit: (offset: Buffer, records: number) => void;
}

/** A source connected to its server, ready to snapshot or to stream from what is committed. */
export interface Capture {
  readonly session: CaptureSession;
  /** Foreign keys that may change rows of the captured tables behind the binlog's back. */
  readonly cascades: readonly Cascade[];
  createReader(versions: SchemaVersions): BinlogReader;
  /** Once it is known where the stream begins. */
  openVersions(): Promise<SchemaVersions>;
  /** Asks the server. */
  readonly query: QueryText;
  close(): void;
}

/**
 * Connects, checks everything that must be right before the first row is read, and makes topics that are missing.
 * Throws what `MySqlSource.start` throws.
 */
export async function openCapture(options: CaptureOptions): Promise<Capture> {
  const connection = await MysqlConnection.open(options.address);
  try {
    const { facts, committed, again, binlogName } = await checkStart(connection, options);
    const tables = await describe(connection, { ...options, account: facts.account, committed });
    await options.format.stream?.open();
    const partitions = await ensureTopics(options.broker, {
      format: options.format,
      tables,
      partitions: options.partitions,
    });
    if (options.quarantineTopic !== null) await ensureQuarantineTopic(options.broker, options.quarantineTopic);
    const query: QueryText = (sql) => connection.query(sql);
    const decoders = new CharsetDecoders();
    const naming = namingOf(await readCollations(connection), decoders);
    const kept = new Set(tables.map(tableName).filter((name) => !again.has(name)));
    const offset = startingOffset(committed, { serverUuid: facts.serverUuid, binlogName, kept });
    const captured = captureTables(tables, {
      ...options,
      wanted: options.tables,
      offset,
      partitionsOf: partitions,
      decoders,
      query,
    });
    const session = sessionOf(options, offset, captured);
    const cascades = await readCascades(connection, options.tables);
    const watched = [...options.tables, ...cascades.map((cascade) => cascade.parent)];
    const reading = { ...options, address: connection.address, naming, watched, session };
    const isDescribed = facts.variables.get('binlog_row_metadata') === 'FULL';
    const undescribed = isDescribed ? [] : tables.filter((table) => table.columns.length > 0);
    return {
      session,
      cascades,
      query,
      ...readersOf({ ...reading, undescribed }),
      close: () => connection.destroy(),
    };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

function sessionOf(
  options: CaptureOptions,
  offset: SourceOffset,
  tables: ReadonlyMap<string, CapturedTable>,
): CaptureSession {
  return new CaptureSession({
    producer: options.producer,
    offset,
    tables,
    watermarks: offset.binlogName === null ? gtidWatermarks : new PlaceWatermarks(options.lockTimeoutSeconds),
    limits: options,
    offsetsTopic: offsetsTopicOf(options.prefix),
    prefix: options.prefix,
    now: () => options.clock.now(),
    onCommit: options.onCommit,
  });
}

/** How the binlog is read; `undescribed` are the tables that it does not describe. */
function readersOf(
  options: CaptureOptions & {
    naming: TableNaming;
    watched: readonly TableName[];
    undescribed: readonly TableName[];
    session: CaptureSession;
  },
): Pick<Capture, 'openVersions' | 'createReader'> {
  const { address, session, watched, undescribed } = options;
  return {
    openVersions: async () => {
      const versions = new SchemaVersions({
        offset: session.offset,
        watermarks: session.watermarks,
        address,
        tables: watched,
        createScout: () => new MysqlBinlogReader({ ...options, tables: [] }),
      });
      await versions.readAll(undescribed);
      return versions;
    },
    createReader: (versions) =>
      new MysqlBinlogReader({
        ...options,
        tables: watched,
        quarantine: options.quarantineTopic !== null,
        describe: (table) => versions.describe(table),
        onStatement: (statement) => versions.decoded(statement),
      }),
  };
}

/** What is committed and still counts, and the tables whose snapshots are to be forgotten; the server must be able to go on from there. */
async function checkStart(connection: MysqlConnection, options: CaptureOptions) {
  const again = new Set(options.resnapshot.map(tableName));
  const isAnew = options.tables.every((table) => again.has(tableName(table)));
  const committed = options.committed === null || isAnew ? null : decodeOffset(options.committed);
  if (committed?.binlogName === null) await awaitExecution(connection, committed.done);
  const facts = await readServerFacts(connection);
  requireServer(facts);
  const hasGtids = facts.variables.get('gtid_mode') === 'ON';
  // A source that starts at its snapshot's point needs no history.
  if (committed === null) {
    const binlogName = hasGtids ? null : parseBinlogFile((await readBinlogEnd(connection)).file).name;
    return { facts, committed, again, binlogName };
  }
  if (committed.binlogName !== null) await requirePlace(connection, committed, facts.serverUuid);
  else if (!hasGtids) throw gtidsGone(facts.variables.get('gtid_mode'));
  else requireHistory(facts, committed.done);
  return { facts, committed, again, binlogName: committed.binlogName };
}

function gtidsGone(mode: string | undefined): MillraceError {
  return new MillraceError(
    'MYSQL_SETTING_UNSUPPORTED',
    `Expected gtid_mode to be ON, since the source knows by GTIDs where it is, got ${mode ?? 'a server without'}: SET PERSIST gtid_mode = ON, or start once with "--resnapshot all" to go on without`,
  );
}

/** What is committed, without the tables that are not kept: they are snapshotted anew when they are captured. */
function startingOffset(
  committed: SourceOffset | null,
  on: { serverUuid: string; binlogName: string | null; kept: ReadonlySet<string> },
): SourceOffset {
  const { serverUuid, binlogName, kept } = on;
  if (committed === null) {
    const nothing = { tables: new Map(), schemas: new Map(), signals: noSignals() };
    return { serverUuid, binlogName, done: new GtidSet(), current: null, ...nothing };
  }
  const tables = new Map([...committed.tables].filter(([name]) => kept.has(name)));
  return { ...committed, serverUuid, tables };
}

function newProgress(key: readonly string[]): TableProgress {
  return { isSnapshotted: false, since: null, chunks: null, key };
}

function captureTables(
  tables: readonly DescribedTable[],
  options: {
    bigint: BigintPolicy;
    format: RecordFormat;
    offset: SourceOffset;
    partitionsOf: ReadonlyMap<string, number>;
    decoders: CharsetDecoders;
    query: QueryText;
    schemaChanges: SchemaChangePolicy;
    createdTables: ReadonlySet<string>;
    logger: Logger;
    wanted: readonly ExpectedTable[];
  },
): ReadonlyMap<string, CapturedTable> {
  const captured = new Map<string, CapturedTable>();
  for (const described of tables) {
    const name = tableName(described);
    const key = options.format.keyOf(described);
    const isCreated = options.createdTables.has(name);
    let progress = options.offset.tables.get(name) ?? { ...newProgress(key), isSnapshotted: isCreated };
    const isRekeyed = progress.key.join('\0') !== key.join('\0');
    if (isRekeyed && options.format.isState && options.schemaChanges !== 'evolve')
      throw keyChanged(name, progress.key, key);
    if (isRekeyed) progress = options.format.isState ? newProgress(key) : { ...progress, key };
    // Nothing can be read of a table that is gone, and without a key nothing need be taken back.
    if (described.columns.length === 0 && key.length === 0) progress.isSnapshotted = true;
    options.offset.tables.set(name, progress);
    const topic = options.format.topicOf(described);
    const partitions = options.partitionsOf.get(topic) ?? 1;
    captured.set(
      name,
      new CapturedTable({
        ...options,
        described,
        progress,
        topic,
        partitions,
        policy: options.schemaChanges,
        expected: expectedOf(options.wanted, described),
      }),
    );
  }
  return captured;
}

function expectedOf(wanted: readonly ExpectedTable[], described: DescribedTable): readonly ExpectedColumn[] {
  const columns = wanted.find((table) => tableName(table) === tableName(described))?.columns;
  if (columns === undefined) return expectedColumns(described.columns);
  return Object.entries(columns).map(([name, columnType]) => ({ name, columnType }));
}

/**
 * Reads nothing of each table, which tells a missing grant from a missing table, and describes it. One that was captured
 * before and is gone by now has no columns: it may come again, and the stream may have changes of it still.
 */
async function describe(
  connection: MysqlConnection,
  of: {
    tables: readonly TableName[];
    account: string;
    committed: SourceOffset | null;
    schemaChanges: SchemaChangePolicy;
  },
): Promise<readonly DescribedTable[]> {
  const described: DescribedTable[] = [];
  for (const table of of.tables) {
    const progress = of.committed?.tables.get(tableName(table));
    try {
      await requireReadable(connection, table, of.account);
      described.push(...(await readTableSchemas(connection, [table])));
    } catch (error) {
      const mayBeGone = progress !== undefined && of.schemaChanges !== 'stop';
      if (!mayBeGone || !isMillraceErrorOf(error, 'MYSQL_TABLE_NOT_FOUND')) throw error;
      described.push({ ...table, columns: [], key: progress.key, hasPrimaryKey: false, estimatedRows: 0 });
    }
  }
  return described;
}

/** Throws what is wrong with a table when it cannot be captured: MYSQL_TABLE_NOT_FOUND, MYSQL_GRANT_MISSING and their kin. */
export async function requireCapturable(address: MysqlAddress, table: TableName): Promise<void> {
  const connection = await MysqlConnection.open(address);
  try {
    const { account } = await readServerFacts(connection);
    await describe(connection, { tables: [table], account, committed: null, schemaChanges: 'stop' });
  } finally {
    connection.destroy();
  }
}

async function requireReadable(connection: MysqlConnection, table: TableName, account: string): Promise<void> {
  try {
    await connection.query(`SELECT 1 FROM ${quoteTable(table)} LIMIT 0`);
  } catch (error) {
    if (!isMillraceErrorOf(error, 'MYSQL_GRANT_MISSING'))
      throw isMillraceErrorOf(error) ? error.at({ table: tableName(table) }) : error;
    const grant = `GRANT SELECT ON ${quoteName(table.database)}.* TO ${account}`;
    throw new MillraceError(
      'MYSQL_GRANT_MISSING',
      `Expected the user to have SELECT on ${tableName(table)}, got none: ${grant}`,
      {
        cause: error,
        context: { table: tableName(table) },
      },
    );
  }
}

function namingOf(collations: ReadonlyMap<number, string>, decoders: CharsetDecoders): TableNaming {
  return {
    charsetOf: (id) => collations.get(id) ?? 'utf8mb4',
    decode: (charset, bytes) => decoders.get(charset)(bytes),
  };
}

async function readCollations(connection: MysqlConnection): Promise<ReadonlyMap<number, string>> {
  const rows = await connection.query('SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS');
  return new Map(rows.map(([id, charset]) => [Number(id), charset as string]));
}
