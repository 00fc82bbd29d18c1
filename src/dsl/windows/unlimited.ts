import { checkDuration } from './check-duration.ts';
import type { UnlimitedWindows } from './windows.ts';

/**
 * One window that begins at a time and never ends: earlier records are in none. Throws TOPOLOGY_INVALID unless the start
 * is at least 0.
 *
 * @example votes.groupByKey().windowedBy(unlimited({ startMs: Date.UTC(2026, 0, 1) })).count({ name: 'votes-of-2026' })
 */
export function unlimited({ startMs }: { startMs: number }): UnlimitedWindows {
  checkDuration('startMs', startMs, { of: 'unlimited windows', min: 0 });
  return Object.freeze({ kind: 'unlimited', startMs });
}
