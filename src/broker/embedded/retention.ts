import type { PartitionLog } from './partition-log.ts';
import { isDeleted } from './topic-settings.ts';

/**
 * Where a log should begin by its retention settings: before it are only closed segments that are too old (`retention.ms`,
 * by their newest record) or too many (`retention.bytes`). An active segment too old is closed first.
 */
export function retainedStart(log: PartitionLog, nowMs: number): number {
  if (!isDeleted(log.settings)) return log.logStart;
  const retentionMs = log.settings['retention.ms'];
  const retentionBytes = log.settings['retention.bytes'];
  const isTooOld = (maxTimestamp: number): boolean => retentionMs >= 0 && maxTimestamp < nowMs - retentionMs;
  const active = log.segments.at(-1);
  if (active !== undefined && active.size > 0 && isTooOld(active.maxTimestamp)) log.roll();
  let bytes = log.segments.reduce((sum, segment) => sum + segment.size, 0);
  let start = log.logStart;
  for (const segment of log.segments.slice(0, -1)) {
    const isTooMuch = retentionBytes >= 0 && bytes - segment.size >= retentionBytes;
    if (!isTooMuch && !isTooOld(segment.maxTimestamp)) break;
    bytes -= segment.size;
    start = Math.max(start, segment.nextOffset);
  }
  return start;
}
