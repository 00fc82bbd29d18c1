import { randomUUID } from 'node:crypto';
import { applicationOptions, type ApplicationOptionInput } from '../../config/application-options.ts';
import { parseOptions } from '../../config/options.ts';
import { formatDuration } from '../../core/duration.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { signalJson, type SnapshotSignal } from '../../mysql/snapshot/snapshot-signal.ts';
import type { MySqlSourceStatus } from '../../mysql/source/mysql-source.ts';
import { askRunning } from '../capture/control-socket.ts';
import type { SnapshotAction } from './snapshot-actions.ts';

/** What `millrace mysql snapshot` takes. */
export interface MysqlSnapshotOptions {
  readonly action: SnapshotAction;
  /** `database.table`. */
  readonly tables: readonly string[];
  /** A condition in SQL for the rows to be read. */
  readonly where: string | undefined;
  readonly application: ApplicationOptionInput;
}

/**
 * Tells the MySQL source that runs with the data directory to read tables once more, or to pause, resume or stop that; or
 * asks how far it is. Gives the text to be printed. Throws CLI_NOT_RUNNING, CLI_USAGE.
 */
export async function mysqlSnapshotCommand(options: MysqlSnapshotOptions): Promise<string> {
  const { dataDirectory } = parseOptions(applicationOptions, options.application);
  if (options.action === 'status') {
    const status = (await askRunning(dataDirectory, { command: 'status' })) as MySqlSourceStatus;
    return formatSnapshots(status);
  }
  const signal = signalOf(options);
  await askRunning(dataDirectory, { command: 'signal', value: signalJson(signal) });
  return `signal ${signal.kind} sent: ${signal.id}\n`;
}

function signalOf({ action, tables, where }: MysqlSnapshotOptions): SnapshotSignal {
  const id = randomUUID();
  if (action === 'pause' || action === 'resume') return { kind: action, id };
  if (action === 'stop') return { kind: 'stop', id, collections: tables };
  if (tables.length === 0) {
    throw new MillraceError('CLI_USAGE', 'Expected the tables to read (database.table), got none');
  }
  const conditions = new Map(where === undefined ? [] : tables.map((table) => [table, where]));
  return { kind: 'execute', id, collections: tables, conditions };
}

function formatSnapshots({ snapshot, state }: MySqlSourceStatus): string {
  const lines = snapshot.map(({ table, rows, percent, etaMs, isComplete, isStopped }) => {
    if (isStopped) return `${table}: stopped after ${rows} rows`;
    if (isComplete) return `${table}: complete, ${rows} rows`;
    const eta = etaMs === null ? '' : `, ${formatDuration(Math.ceil(etaMs / 1000) * 1000)} left`;
    return `${table}: ${rows} rows, ${percent} %${eta}`;
  });
  return [`source: ${state}`, ...lines].join('\n') + '\n';
}
