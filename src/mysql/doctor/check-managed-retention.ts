import type { MysqlConnection } from '../connection/mysql-connection.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import type { CheckResult } from './server-checks.ts';

const LEAST_HOURS = 24;
const ADVISED_HOURS = 168;

/**
 * Checks how long Amazon RDS and Aurora keep binlog files: by default they delete each as soon as they can, whatever
 * `binlog_expire_logs_seconds` says. Nothing to check on other servers.
 */
export async function checkManagedRetention(connection: MysqlConnection): Promise<readonly CheckResult[]> {
  const hours = await readRetentionHours(connection);
  if (hours === undefined) return [];
  const isWell = hours !== null && hours >= LEAST_HOURS;
  return [
    {
      name: 'binlog retention hours',
      status: isWell ? 'ok' : 'warning',
      found: hours === null ? 'none' : String(hours),
      expected: `${LEAST_HOURS} and more: a source that is stopped for longer must take a new snapshot`,
      fix: isWell ? [] : [`CALL mysql.rds_set_configuration('binlog retention hours', ${ADVISED_HOURS})`],
      code: 'MYSQL_SETTING_UNSUPPORTED',
    },
  ];
}

/** Null where none is set, undefined where the server is none of theirs, as far as the user can see. */
async function readRetentionHours(connection: MysqlConnection): Promise<number | null | undefined> {
  try {
    const [row] = await connection.query(
      "SELECT value FROM mysql.rds_configuration WHERE name = 'binlog retention hours'",
    );
    const value = row?.[0] ?? null;
    return value === null ? null : Number(value);
  } catch (error) {
    if (isMillraceErrorOf(error, 'MYSQL_GRANT_MISSING', 'MYSQL_TABLE_NOT_FOUND', 'MYSQL_QUERY_FAILED'))
      return undefined;
    throw error;
  }
}
