import { type MysqlOptionInput, mysqlOptions } from '../../config/mysql-options.ts';
import { parseOptions } from '../../config/options.ts';
import { examineServer, formatReport } from '../../mysql/doctor/examine-server.ts';

/** What the doctor has to say. */
export interface MysqlDoctorResult {
  /** The report as text, or a line of JSON for each check. */
  readonly text: string;
  /** False when no source can run on this server. */
  readonly isHealthy: boolean;
}

/** Checks the server, and the tables of the database in the URL, where there is one. Throws what `examineServer` throws. */
export async function mysqlDoctorCommand(mysql: MysqlOptionInput, format: 'text' | 'json'): Promise<MysqlDoctorResult> {
  const { mysqlUrl: url, serverId } = parseOptions(mysqlOptions, mysql);
  const report = await examineServer({ url, serverId });
  const { isHealthy } = report;
  if (format === 'text') return { text: formatReport(report), isHealthy };
  return { text: report.results.map((result) => `${JSON.stringify(result)}\n`).join(''), isHealthy };
}
