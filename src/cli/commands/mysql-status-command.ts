import { applicationOptions, type ApplicationOptionInput } from '../../config/application-options.ts';
import { parseOptions } from '../../config/options.ts';
import { formatBytes } from '../../core/bytes.ts';
import { formatDuration } from '../../core/duration.ts';
import type { MySqlSourceStatus } from '../../mysql/source/mysql-source.ts';
import type { SourceHealth } from '../../mysql/source/source-health.ts';
import { askRunning } from '../capture/control-socket.ts';

/** What a running source answers. */
type RunningStatus = MySqlSourceStatus & SourceHealth;

/** Asks the source that runs with a data directory how it is, and gives the text to be printed. Throws CLI_NOT_RUNNING. */
export async function mysqlStatusCommand(
  application: ApplicationOptionInput,
  format: 'text' | 'json',
): Promise<string> {
  const { dataDirectory } = parseOptions(applicationOptions, application);
  const status = (await askRunning(dataDirectory, { command: 'status' })) as RunningStatus;
  return format === 'json' ? `${JSON.stringify(status)}\n` : formatStatus(status);
}

function formatStatus(status: RunningStatus): string {
  const { state, lagMs, lagBytes, place, rowsEmitted, gtidSet } = status;
  const lines = [
    `state: ${state}`,
    `lag: ${formatDuration(Math.round(lagMs))}${lagBytes === null ? '' : `, ${formatBytes(lagBytes)} of binlog`}`,
    `until the server deletes what is needed: ${hoursOf(status)}`,
    `place: ${place === null ? 'none' : `${place.file}:${place.position}`}`,
    `GTIDs done: ${gtidSet === '' ? 'none' : gtidSet}`,
    `records written since the start: ${rowsEmitted}`,
  ];
  for (const { table, inserted, updated, deleted } of status.tables)
    lines.push(`${table}: ${inserted} inserted, ${updated} updated, ${deleted} deleted`);
  for (const { table, rows, percent, isComplete } of status.snapshot)
    lines.push(`${table}: snapshot ${isComplete ? 'complete' : `${percent} %`}, ${rows} rows`);
  return `${lines.join('\n')}\n`;
}

function hoursOf({ isReachable, hoursUntilPurged }: SourceHealth): string {
  if (!isReachable) return 'not known, since it does not answer';
  return hoursUntilPurged === null ? 'never' : `${hoursUntilPurged.toFixed(1)} h`;
}
