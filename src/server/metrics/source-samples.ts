import { MillraceError } from '../../core/millrace-error.ts';
import type { ServedSource, ServedSourceHealth } from '../served-source.ts';
import type { MetricsPage } from './metrics-page.ts';

/** A scrape waits no longer for the MySQL server. */
const HEALTH_TIMEOUT_MS = 2000;
const MS_PER_SECOND = 1000;
const PERCENT = 100;

/** Adds what a MySQL source has done, and how far it is behind its server, as far as that answers in time. */
export async function addSource(page: MetricsPage, source: ServedSource): Promise<void> {
  const { state, lagMs, rowsEmitted, reconnects, tables, snapshot } = source.status();
  page.add('millrace_mysql_source_state', 1, { state });
  page.add('millrace_mysql_source_lag_seconds', lagMs / MS_PER_SECOND);
  page.add('millrace_mysql_source_reconnects_total', reconnects);
  page.add('millrace_mysql_source_records_total', rowsEmitted);
  for (const { table, inserted, updated, deleted } of tables) {
    page.add('millrace_mysql_rows_total', inserted, { table, op: 'insert' });
    page.add('millrace_mysql_rows_total', updated, { table, op: 'update' });
    page.add('millrace_mysql_rows_total', deleted, { table, op: 'delete' });
  }
  for (const { table, rows, estimatedRows, percent, etaMs } of snapshot) {
    page.add('millrace_mysql_snapshot_rows', rows, { table });
    page.add('millrace_mysql_snapshot_estimated_rows', estimatedRows, { table });
    page.add('millrace_mysql_snapshot_ratio', percent / PERCENT, { table });
    page.add('millrace_mysql_snapshot_eta_seconds', etaMs === null ? null : etaMs / MS_PER_SECOND, { table });
  }
  const health = await healthInTime(source);
  page.add('millrace_mysql_source_reachable', health?.isReachable === true ? 1 : 0);
  page.add('millrace_mysql_source_lag_bytes', health?.lagBytes);
  page.add('millrace_mysql_source_purge_hours', health?.hoursUntilPurged);
}

async function healthInTime(source: ServedSource): Promise<ServedSourceHealth | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), HEALTH_TIMEOUT_MS)));
  try {
    return await Promise.race([source.health().catch(toNothing), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function toNothing(error: unknown): null {
  if (error instanceof MillraceError) return null;
  throw error;
}
