import { checkDuration } from './check-duration.ts';
import type { TimeWindows } from './windows.ts';

/**
 * Windows of a size, one of which begins every `advanceMs`: a record is in up to size / advance of them. Windows begin at
 * multiples of the advance from 0 on. Throws TOPOLOGY_INVALID unless the advance is from 1 to the size.
 *
 * @example orders.groupByKey().windowedBy(hopping({ sizeMs: 60_000, advanceMs: 10_000, graceMs: 0 })).count({ name: 'trend' })
 */
export function hopping(windows: { sizeMs: number; advanceMs: number; graceMs: number }): TimeWindows {
  const { sizeMs, advanceMs, graceMs } = windows;
  const of = 'hopping windows';
  checkDuration('sizeMs', sizeMs, { of, min: 1 });
  checkDuration('advanceMs', advanceMs, { of, min: 1, max: sizeMs });
  checkDuration('graceMs', graceMs, { of, min: 0 });
  return Object.freeze({ kind: 'hopping', sizeMs, advanceMs, graceMs });
}
