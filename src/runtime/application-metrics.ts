import { TaskCounters } from './task-counters.ts';

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

/** The sums of these counters. */
export function metricsOf(
  counters: readonly TaskCounters[],
  rest: { commits: number; recordsRestored: number },
): ApplicationMetrics {
  const sum = new TaskCounters();
  for (const each of counters) sum.add(each);
  return {
    recordsProcessed: sum.processed,
    recordsEmitted: sum.emitted,
    recordsDropped: Object.fromEntries(sum.dropped),
    ...rest,
  };
}
