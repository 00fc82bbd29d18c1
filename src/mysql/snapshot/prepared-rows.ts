import type { Logger } from '../../core/logger.ts';
import type { MysqlConnection } from '../connection/mysql-connection.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import type { TableName } from '../schema/column-schema.ts';
import { quoteTable } from './select-statement.ts';

/** How many XA transactions are prepared on the server; 0 with a warning when the user may not ask. */
export async function countPrepared(connection: MysqlConnection, logger: Logger): Promise<number> {
  try {
    return (await connection.query('XA RECOVER')).length;
  } catch (error) {
    if (!isMillraceErrorOf(error)) throw error;
    logger.warn('no XA_RECOVER_ADMIN privilege: whether XA transactions are prepared is not known');
    return 0;
  }
}

/**
 * Makes sure that no prepared XA transaction has changed the table: its rows cannot be seen although its GTID is executed,
 * and were in the binlog before the table was captured. Only when some are prepared at all the table is locked for a moment,
 * which is granted once those that changed it have ended. Throws MYSQL_LOCK_TIMEOUT, MYSQL_GRANT_MISSING.
 */
export async function requireNothingPrepared(
  connection: MysqlConnection,
  options: { table: TableName; lockTimeoutSeconds: number; logger: Logger },
): Promise<void> {
  if ((await countPrepared(connection, options.logger)) === 0) return;
  await connection.run(`SET SESSION lock_wait_timeout = ${options.lockTimeoutSeconds}`);
  await connection.run(`LOCK TABLES ${quoteTable(options.table)} READ`);
  await connection.run('UNLOCK TABLES');
}
