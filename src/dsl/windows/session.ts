import { checkDuration } from './check-duration.ts';
import type { SessionWindows } from './windows.ts';

/**
 * Sessions: a record belongs to the session of its key that it is at most the gap away from, and joins two into one where
 * it is between them. They end with their last record, which is part of them. Throws TOPOLOGY_INVALID unless gap and grace
 * are at least 0.
 *
 * @example clicks.groupByKey().windowedBy(session({ gapMs: 30 * 60_000, graceMs: 60_000 })).count({ name: 'visits' })
 */
export function session({ gapMs, graceMs }: { gapMs: number; graceMs: number }): SessionWindows {
  const of = 'session windows';
  checkDuration('gapMs', gapMs, { of, min: 0 });
  checkDuration('graceMs', graceMs, { of, min: 0 });
  return Object.freeze({ kind: 'session', gapMs, graceMs });
}
