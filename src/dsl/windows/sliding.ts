import { checkDuration } from './check-duration.ts';
import type { SlidingWindows } from './windows.ts';

/**
 * Windows [start, start + difference], both ends included, for every set of records of a key that are at most so far
 * apart: each record makes the window that ends with it and, when another follows, the one that begins right after it.
 * Throws TOPOLOGY_INVALID unless difference and grace are at least 0.
 *
 * @example logins.groupByKey().windowedBy(sliding({ timeDifferenceMs: 30_000, graceMs: 0 })).count({ name: 'logins-in-30s' })
 */
export function sliding(windows: { timeDifferenceMs: number; graceMs: number }): SlidingWindows {
  const { timeDifferenceMs, graceMs } = windows;
  const of = 'sliding windows';
  checkDuration('timeDifferenceMs', timeDifferenceMs, { of, min: 0 });
  checkDuration('graceMs', graceMs, { of, min: 0 });
  return Object.freeze({ kind: 'sliding', timeDifferenceMs, graceMs });
}
