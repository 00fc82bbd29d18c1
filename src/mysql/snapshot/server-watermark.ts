import { GtidSet } from '../binlog/gtid-set.ts';
import type { MysqlConnection } from '../connection/mysql-connection.ts';
import type { HighWatermark } from './snapshot-window.ts';

const EXECUTED = 'SELECT @@GLOBAL.gtid_executed, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED)';
const RETRY_MS = 5;

/**
 * What the server has executed. A GTID is in the set only once its transaction can be seen, so whoever selects afterwards
 * sees all of them; a position of the binlog tells nothing of the kind.
 */
export async function readWatermark(connection: MysqlConnection): Promise<HighWatermark> {
  const [[gtids, atMs] = []] = await connection.query(EXECUTED);
  return { gtids: GtidSet.parse(gtids ?? ''), atMs: Number(atMs) };
}

/**
 * Waits until transactions that the binlog had can be seen, which is some milliseconds at most: they are in the binlog
 * before they are committed. Leaves off when `isClosed`.
 */
export async function waitUntilExecuted(
  connection: MysqlConnection,
  gtids: GtidSet,
  isClosed: () => boolean,
): Promise<void> {
  while (!isClosed()) {
    const { gtids: executed } = await readWatermark(connection);
    if (executed.contains(gtids)) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
