import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import type { MysqlConnection } from '../connection/mysql-connection.ts';

/** What the checks look at. */
export interface ServerFacts {
  /** `8.4.3`, or with a suffix that says whose it is. */
  readonly version: string;
  readonly serverUuid: string;
  /** The account that the connection came in as, quoted for SQL: `'millrace'@'%'`. */
  readonly account: string;
  /** Global variables by name; absent ones are not known to this version. */
  readonly variables: ReadonlyMap<string, string>;
  /** The account's GRANT statements, those of its active roles included. */
  readonly grants: readonly string[];
  /** Whether it replicates from another server; undefined when the user may not ask. */
  readonly isReplica: boolean | undefined;
}

const VARIABLES = [
  'log_bin',
  'server_id',
  'server_uuid',
  'binlog_format',
  'binlog_row_image',
  'binlog_row_metadata',
  'binlog_order_commits',
  'binlog_expire_logs_seconds',
  'binlog_expire_logs_auto_purge',
  'max_allowed_packet',
  'gtid_mode',
  'enforce_gtid_consistency',
  'log_replica_updates',
  'log_slave_updates',
  'replica_preserve_commit_order',
  'slave_preserve_commit_order',
  'gtid_executed',
  'gtid_purged',
];

/** Asks the server for everything that the checks look at. */
export async function readServerFacts(connection: MysqlConnection): Promise<ServerFacts> {
  const names = VARIABLES.map((name) => `'${name}'`).join(', ');
  const rows = await connection.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
  const variables = new Map(rows.map(([name, value]) => [name as string, value ?? '']));
  const [[version, user, roles] = []] = await connection.query('SELECT VERSION(), CURRENT_USER(), CURRENT_ROLE()');
  const using = roles === null || roles === undefined || roles === 'NONE' ? '' : ` USING ${roles}`;
  const grants = await connection.query(`SHOW GRANTS FOR CURRENT_USER()${using}`);
  return {
    version: version ?? '',
    serverUuid: variables.get('server_uuid') ?? '',
    account: quoteAccount(user ?? ''),
    variables,
    grants: grants.map(([grant]) => grant as string),
    isReplica: await readIsReplica(connection),
  };
}

async function readIsReplica(connection: MysqlConnection): Promise<boolean | undefined> {
  for (const statement of ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS']) {
    try {
      return (await connection.query(statement)).length > 0;
    } catch (error) {
      if (!isMillraceErrorOf(error, 'MYSQL_GRANT_MISSING', 'MYSQL_QUERY_FAILED')) throw error;
    }
  }
  return undefined;
}

/** `me@%` as `'me'@'%'`. */
function quoteAccount(user: string): string {
  const at = user.lastIndexOf('@');
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return `${quote(user.slice(0, at))}@${quote(user.slice(at + 1))}`;
}
