import type { BinlogPlace } from '../binlog/binlog-reader.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { MysqlConnection, type QueryText } from '../connection/mysql-connection.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';

/** Rows of a table that the stream has written since the source started, by what happened to them. */
export interface TableCounts {
  /** `database.table` */
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** How far a source is behind its server, as the server tells it. */
export interface SourceHealth {
  /** Whether the server answered; if not, nothing is known of the rest. */
  readonly isReachable: boolean;
  /** Bytes of the binlog that are not read yet; null when the user may not ask (REPLICATION CLIENT), or nothing is streamed. */
  readonly lagBytes: number | null;
  /**
   * Hours until the server may delete binlog files that are still needed, if the source read nothing from now on; null when it
   * deletes none by itself. Below the time that a repair may take it is high time.
   */
  readonly hoursUntilPurged: number | null;
}

const MS_PER_HOUR = 3_600_000;

/** Asks the server how far a source at this place, and so many milliseconds behind, is from its end, and from losing it. */
export async function readSourceHealth(
  address: MysqlAddress,
  at: { readonly place: BinlogPlace | null; readonly lagMs: number },
): Promise<SourceHealth> {
  try {
    const connection = await MysqlConnection.open(address);
    try {
      const query: QueryText = (sql) => connection.query(sql);
      const lagBytes = await readLagBytes(query, at.place);
      return { isReachable: true, lagBytes, hoursUntilPurged: await readHours(query, at.lagMs) };
    } finally {
      connection.destroy();
    }
  } catch (error) {
    if (!isMillraceErrorOf(error, 'MYSQL_UNREACHABLE')) throw error;
    return { isReachable: false, lagBytes: null, hoursUntilPurged: null };
  }
}

async function readLagBytes(query: QueryText, place: BinlogPlace | null): Promise<number | null> {
  if (place === null) return null;
  try {
    const files = await query('SHOW BINARY LOGS');
    const index = files.findIndex(([file]) => file === place.file);
    if (index === -1) return null;
    const bytes = files.slice(index).reduce((sum, [, size]) => sum + Number(size), 0);
    return Math.max(0, bytes - place.position);
  } catch (error) {
    if (isMillraceErrorOf(error, 'MYSQL_GRANT_MISSING')) return null;
    throw error;
  }
}

async function readHours(query: QueryText, lagMs: number): Promise<number | null> {
  const rows = await query(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('binlog_expire_logs_seconds', 'binlog_expire_logs_auto_purge')",
  );
  const variables = new Map(rows.map(([name, value]) => [name, value]));
  const seconds = Number(variables.get('binlog_expire_logs_seconds') ?? 0);
  if (seconds === 0 || variables.get('binlog_expire_logs_auto_purge') === 'OFF') return null;
  return Math.max(0, (seconds * 1000 - lagMs) / MS_PER_HOUR);
}
