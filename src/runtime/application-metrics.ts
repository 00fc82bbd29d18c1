import type { RunningTask } from './running-task.ts';

/** What an application has done since it was started. */
export interface ApplicationMetrics {
  readonly recordsProcessed: number;
  /** Records handed to sinks, internal topics included. */
  readonly recordsEmitted: number;
  /** Records dropped by the semantics of an operator or a source, by reason. */
  readonly recordsDropped: Readonly<Record<string, number>>;
  readonly commits: number;
  /** Records replayed from changelogs at the start. */
  readonly recordsRestored: number;
}

/** The sums over all tasks. */
export function metricsOf(
  tasks: readonly RunningTask[],
  rest: { commits: number; recordsRestored: number },
): ApplicationMetrics {
  const dropped: Record<string, number> = {};
  let recordsProcessed = 0;
  let recordsEmitted = 0;
  for (const { counters } of tasks.map(({ task }) => task)) {
    recordsProcessed += counters.processed;
    recordsEmitted += counters.emitted;
    for (const [reason, count] of counters.dropped) dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  return { recordsProcessed, recordsEmitted, recordsDropped: dropped, ...rest };
}
