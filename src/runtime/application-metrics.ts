import { type TaskCounts, TaskCounters } from './tasks/task-counters.ts';

/** What an application has done since it was started. */
export interface ApplicationMetrics extends TaskCounts {
  readonly commits: number;
  /** Assignments of tasks that its threads were given. */
  readonly rebalances: number;
  /** Threads that an error has ended. */
  readonly failedThreads: number;
  /** Records replayed from changelogs at the start. */
  readonly recordsRestored: number;
}

/** The sums of these counters. */
export function metricsOf(
  counters: readonly TaskCounters[],
  rest: Pick<ApplicationMetrics, 'commits' | 'rebalances' | 'failedThreads' | 'recordsRestored'>,
): ApplicationMetrics {
  const sum = new TaskCounters();
  for (const each of counters) sum.add(each);
  return {
    recordsProcessed: sum.processed,
    recordsEmitted: sum.emitted,
    recordsDropped: Object.fromEntries(sum.dropped),
    deadLetters: sum.deadLetters,
    ...rest,
  };
}
