import { checkDuration } from './check-duration.ts';
import type { TimeWindows } from './windows.ts';

/**
 * Windows of a size that follow each other without a gap or an overlap: [0, size), [size, 2 size)... Each record is in
 * exactly one. Throws TOPOLOGY_INVALID unless the size is at least 1 ms and the grace at least 0.
 *
 * @example orders.groupByKey().windowedBy(tumbling({ sizeMs: 60_000, graceMs: 5_000 })).count({ name: 'orders-per-minute' })
 */
export function tumbling({ sizeMs, graceMs }: { sizeMs: number; graceMs: number }): TimeWindows {
  const of = 'tumbling windows';
  checkDuration('sizeMs', sizeMs, { of, min: 1 });
  checkDuration('graceMs', graceMs, { of, min: 0 });
  return Object.freeze({ kind: 'tumbling', sizeMs, advanceMs: sizeMs, graceMs });
}
