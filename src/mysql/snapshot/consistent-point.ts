import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { GtidSet } from '../binlog/gtid-set.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { MysqlConnection } from '../connection/mysql-connection.ts';
import type { TableName } from '../schema/column-schema.ts';
import type { ServerWatermarks } from './server-watermark.ts';
import type { HighWatermark } from './snapshot-window.ts';
import { countPrepared } from './prepared-rows.ts';
import { quoteTable } from './select-statement.ts';
import { readTableSchemas, type DescribedTable } from '../schema/read-table-schemas.ts';

/**
 * How the consistent point is found. `tables`: the tables are locked against writing for some milliseconds, which makes it
 * exact. `none`: nothing is locked, and what commits in that moment may be read and then streamed as well. `auto`: as
 * `tables` when the user has LOCK TABLES, else as `none`.
 */
export type SnapshotLocking = 'auto' | 'tables' | 'none';

/** One moment of the server. */
export interface ConsistentPoint {
  /** A connection inside a transaction that sees this moment. */
  readonly connection: MysqlConnection;
  /** What is read is exactly the effect of the transactions in its set. */
  readonly mark: HighWatermark;
  /** The tables as they were at this moment. */
  readonly tables: readonly DescribedTable[];
}

/** What a consistent point is wanted of. */
export interface ConsistentPointOptions {
  readonly address: MysqlAddress;
  readonly tables: readonly TableName[];
  readonly locking: SnapshotLocking;
  /** Seconds to wait for the lock. */
  readonly lockTimeoutSeconds: number;
  readonly logger: Logger;
  readonly watermarks: ServerWatermarks;
  /** Transactions that the point must contain, since their changes were left out for the tables. */
  readonly contains: GtidSet;
}

const START = 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY';
/** Without locks the point is exact when no transaction commits meanwhile; so often it is tried. */
const QUIET_ATTEMPTS = 20;

/**
 * Opens a transaction that sees one moment, and tells which GTIDs that moment is.
 *
 * The GTID set and never a binlog position: a position advances before its transaction becomes visible. A transaction that
 * changed a locked table has its GTID in `gtid_executed` before it gives the table free, so with the lock the set is exact;
 * and a prepared XA transaction still holds its tables, so none is in between.
 *
 * Throws MYSQL_LOCK_TIMEOUT, MYSQL_GRANT_MISSING and what `readTableSchemas` throws.
 */
export async function openConsistentPoint(options: ConsistentPointOptions): Promise<ConsistentPoint> {
  const connection = await MysqlConnection.open(options.address);
  try {
    const { watermarks, contains: gtids } = options;
    for (const table of options.tables) await watermarks.settle(connection, { gtids, table, isClosed: () => false });
    if (options.locking === 'none') return await openWithoutLock(connection, options);
    return await openWithLock(connection, options);
  } catch (error) {
    const mayGoWithout =
      options.watermarks.isExact &&
      options.locking === 'auto' &&
      error instanceof MillraceError &&
      error.code === 'MYSQL_GRANT_MISSING';
    if (mayGoWithout) {
      options.logger.warn('no LOCK TABLES privilege: changes of the moment of the snapshot may be streamed once more');
      return await openWithoutLock(connection, options);
    }
    connection.destroy();
    throw error;
  }
}

async function openWithLock(connection: MysqlConnection, options: ConsistentPointOptions): Promise<ConsistentPoint> {
  const locker = await MysqlConnection.open(options.address);
  try {
    await locker.run(`SET SESSION lock_wait_timeout = ${options.lockTimeoutSeconds}`);
    await locker.run(`LOCK TABLES ${options.tables.map((table) => `${quoteTable(table)} READ`).join(', ')}`);
    await connection.run(START);
    const mark = await options.watermarks.read(locker);
    const tables = await readTableSchemas(connection, options.tables);
    await locker.run('UNLOCK TABLES');
    return { connection, tables, mark };
  } finally {
    locker.destroy();
  }
}

async function openWithoutLock(connection: MysqlConnection, options: ConsistentPointOptions): Promise<ConsistentPoint> {
  if (!options.watermarks.isExact) throw needsLock();
  if ((await countPrepared(connection, options.logger)) > 0) {
    throw new MillraceError(
      'MYSQL_LOCK_TIMEOUT',
      'Expected no prepared XA transactions during a snapshot without locks, got some',
    );
  }
  for (let attempt = 1; ; attempt++) {
    const before = await options.watermarks.read(connection);
    await connection.run(START);
    const after = await options.watermarks.read(connection);
    if (before.gtids.contains(after.gtids) || attempt === QUIET_ATTEMPTS) {
      const tables = await readTableSchemas(connection, options.tables);
      return { connection, tables, mark: before };
    }
    await connection.run('ROLLBACK');
  }
}

function needsLock(): MillraceError {
  return new MillraceError(
    'MYSQL_SETTING_UNSUPPORTED',
    "Expected `snapshotLocking` to be 'auto' or 'tables' on a server without GTIDs, whose moments only a lock can tell, got 'none'",
  );
}
