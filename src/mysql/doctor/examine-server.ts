import { parseMysqlUrl, describeAddress } from '../connection/mysql-address.ts';
import { MysqlConnection } from '../connection/mysql-connection.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import { quoteTable } from '../snapshot/select-statement.ts';
import { tableName } from '../schema/column-schema.ts';
import { listTables, readTableSchemas } from '../schema/read-table-schemas.ts';
import { checkManagedRetention } from './check-managed-retention.ts';
import { checkReplicaId } from './check-replica-id.ts';
import { checkServer, type CheckResult } from './server-checks.ts';
import { readServerFacts } from './server-facts.ts';

/** What `millrace mysql doctor` looks at. */
export interface DoctorOptions {
  /** `mysql://user:password@host:3306`; the tables of the database in its path are checked as well. */
  readonly url: string;
  /** The id that the source is to have as a replica; null, as by default: a free one. */
  readonly serverId?: number | null;
}

/** What `millrace mysql doctor` found. */
export interface DoctorReport {
  /** `user@host:port`. */
  readonly server: string;
  readonly version: string;
  readonly results: readonly CheckResult[];
  /** False when there is an error: no source can run. */
  readonly isHealthy: boolean;
}

/** Checks a server, and the tables of a database on it. Throws MYSQL_UNREACHABLE, MYSQL_ACCESS_DENIED, MYSQL_DATABASE_NOT_FOUND. */
export async function examineServer(options: DoctorOptions): Promise<DoctorReport> {
  const address = parseMysqlUrl(options.url);
  const connection = await MysqlConnection.open(address);
  try {
    const facts = await readServerFacts(connection);
    const tables = address.database === undefined ? [] : await checkTables(connection, address.database);
    const replicaId = await checkReplicaId(connection, facts, options.serverId ?? null);
    const retention = await checkManagedRetention(connection);
    const results = [...checkServer(facts), ...replicaId, ...retention, ...tables];
    const isHealthy = results.every((result) => result.status !== 'error');
    return { server: describeAddress(address), version: facts.version, results, isHealthy };
  } finally {
    connection.destroy();
  }
}

/** The report as text: a line for each check, and under those that are not well what to run. */
export function formatReport(report: DoctorReport): string {
  const lines = report.results.flatMap((result) => {
    const line = `${MARKS[result.status]} ${result.name}: ${result.found}`;
    if (result.status === 'ok') return [line];
    return [`${line} (expected ${result.expected})`, ...result.fix.map((statement) => `    ${statement};`)];
  });
  const verdict = report.isHealthy ? 'This server can be captured.' : 'This server cannot be captured yet.';
  return `MySQL ${report.version} as ${report.server}\n${lines.join('\n')}\n${verdict}\n`;
}

const MARKS: Readonly<Record<CheckResult['status'], string>> = { ok: 'ok     ', warning: 'warning', error: 'error  ' };

/** Invisible, so that nobody's SELECT * changes; MySQL gives such a key this name itself, where it is told to. */
const KEY_COLUMN = 'my_row_id';

/** Tables that cannot be captured are warnings: only a topology that reads them fails. */
async function checkTables(connection: MysqlConnection, database: string): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const table of await listTables(connection, database)) {
    try {
      const [described] = await readTableSchemas(connection, [table]);
      if (described?.key.length !== 0) continue;
      const expected = 'a primary key: without one it can be read as a stream only';
      const fix = `ALTER TABLE ${quoteTable(table)} ADD COLUMN ${KEY_COLUMN} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY`;
      results.push(warning(tableName(table), { found: 'no key', expected, fix: [fix] }));
    } catch (error) {
      if (!isMillraceErrorOf(error)) throw error;
      const fix = error.code === 'MYSQL_UNSUPPORTED_TABLE' ? [`ALTER TABLE ${quoteTable(table)} ENGINE = InnoDB`] : [];
      results.push(warning(tableName(table), { found: error.message, expected: error.remedy, fix }));
    }
  }
  return results;
}

function warning(name: string, finding: Pick<CheckResult, 'found' | 'expected' | 'fix'>): CheckResult {
  return { name, status: 'warning', ...finding, code: 'MYSQL_UNSUPPORTED_TABLE' };
}
