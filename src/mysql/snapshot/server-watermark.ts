import type { BinlogPlace } from '../binlog/binlog-reader.ts';
import { GtidSet } from '../binlog/gtid-set.ts';
import { placesUpTo, placeText } from '../binlog/place-set.ts';
import type { MysqlConnection, TextCells } from '../connection/mysql-connection.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import type { TableName } from '../schema/column-schema.ts';
import { quoteTable } from './select-statement.ts';
import type { HighWatermark } from './snapshot-window.ts';

/** What the binlog had that must be seen. */
export interface LoggedChanges {
  readonly gtids: GtidSet;
  /** The table that they must be seen in. */
  readonly table: TableName;
  /** Asked while waiting: whether to leave off. */
  isClosed(): boolean;
}

/** How it is known what a SELECT sees of what the binlog has. */
export interface ServerWatermarks {
  /** A set of transactions that has all that could be seen when this was called, and possibly more. */
  read(connection: MysqlConnection): Promise<HighWatermark>;
  /** Waits until what the binlog had can be seen: it is in the binlog before it is committed. Throws MYSQL_LOCK_TIMEOUT. */
  settle(connection: MysqlConnection, logged: LoggedChanges): Promise<void>;
  /** Whether what `read` gives has nothing that cannot be seen, so that a moment can be told without a lock. */
  readonly isExact: boolean;
}

const EXECUTED = 'SELECT @@GLOBAL.gtid_executed, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED)';
const NOW = 'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED)';
const RETRY_MS = 5;

/**
 * By GTIDs. One is in the executed set only once its transaction can be seen, so whoever selects afterwards sees all of them.
 */
export const gtidWatermarks: ServerWatermarks = {
  isExact: true,
  async read(connection) {
    const [[text, atMs] = []] = await connection.query(EXECUTED);
    const gtids = GtidSet.parse(text ?? '');
    return { gtids, name: gtids.toString(), place: null, atMs: Number(atMs) };
  },
  async settle(connection, { gtids, isClosed }) {
    while (!isClosed()) {
      const { gtids: executed } = await gtidWatermarks.read(connection);
      if (executed.contains(gtids)) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  },
};

/** How often a lock is asked for anew, so that writers who wait behind it get their turn in between. */
const LOCK_ATTEMPTS = 6;

/**
 * By places of the binlog, for servers without GTIDs. A place tells nothing of what can be seen: it advances before its
 * transaction is committed. But a transaction holds the tables that it has changed until it is, so whoever has locked a table
 * for a moment sees all that the binlog had of it.
 */
export class PlaceWatermarks implements ServerWatermarks {
  readonly isExact = false;
  readonly #lockTimeoutSeconds: number;

  constructor(lockTimeoutSeconds: number) {
    this.#lockTimeoutSeconds = lockTimeoutSeconds;
  }

  async read(connection: MysqlConnection): Promise<HighWatermark> {
    const [[atMs] = []] = await connection.query(NOW);
    const place = await readBinlogEnd(connection);
    return { gtids: placesUpTo(place), name: placeText(place), place, atMs: Number(atMs) };
  }

  async settle(connection: MysqlConnection, { table, isClosed }: LoggedChanges): Promise<void> {
    await connection.run(`SET SESSION lock_wait_timeout = ${this.#lockTimeoutSeconds}`);
    for (let attempt = 1; !isClosed(); attempt++) {
      try {
        await connection.run(`LOCK TABLES ${quoteTable(table)} READ`);
        await connection.run('UNLOCK TABLES');
        return;
      } catch (error) {
        if (attempt === LOCK_ATTEMPTS || !isMillraceErrorOf(error, 'MYSQL_LOCK_TIMEOUT')) throw error;
      }
    }
  }
}

/** Where the server's binlog ends. Throws MYSQL_GRANT_MISSING. */
export async function readBinlogEnd(connection: MysqlConnection): Promise<BinlogPlace> {
  const [[file, position] = []] = await queryStatus(connection);
  return { file: file ?? '', position: Number(position) };
}

/** Servers before 8.2, and MariaDB, know it by another name only. */
async function queryStatus(connection: MysqlConnection): Promise<readonly TextCells[]> {
  try {
    return await connection.query('SHOW BINARY LOG STATUS');
  } catch (error) {
    if (!isMillraceErrorOf(error, 'MYSQL_QUERY_FAILED')) throw error;
    return connection.query('SHOW MASTER STATUS');
  }
}
