import { days } from '../core/duration.ts';

/** How the changelog of windows keeps its records. */
export interface WindowChangelogOptions {
  /**
   * `compact`, the default: the last record of each window stays until the window goes. `compact,delete` is what Kafka
   * Streams has: records also go by age, their timestamp against the wall clock, a day after the retention of the windows.
   * Take it only where timestamps are of now: windows of earlier times could not be restored.
   */
  readonly changelog?: 'compact' | 'compact,delete';
}

/** As Kafka Streams' `windowstore.changelog.additional.retention.ms`. */
const ADDITIONAL_RETENTION_MS = days(1);

/** What it adds to the spec of a store whose windows are kept for so long. */
export function windowChangelog(
  { changelog }: WindowChangelogOptions,
  retentionMs: number,
): { readonly changelogRetentionMs?: number } {
  return changelog === 'compact,delete' ? { changelogRetentionMs: retentionMs + ADDITIONAL_RETENTION_MS } : {};
}
