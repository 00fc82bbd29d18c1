import { GtidSet } from '../binlog/gtid-set.ts';
import type { MysqlConnection } from '../connection/mysql-connection.ts';

const PATIENCE_SECONDS = 5;

/**
 * A transaction is read from the binlog a moment before its server counts it as executed. Waits, for some seconds at most,
 * until all of these count; what the server then has not is none of its own.
 */
export async function awaitExecution(connection: MysqlConnection, gtids: GtidSet): Promise<void> {
  const [[executed] = []] = await connection.query('SELECT @@GLOBAL.gtid_executed');
  const missing = gtids.subtract(GtidSet.parse(executed ?? ''));
  if (missing.isEmpty) return;
  await connection.query(`SELECT WAIT_FOR_EXECUTED_GTID_SET('${missing.toString()}', ${PATIENCE_SECONDS})`);
}
