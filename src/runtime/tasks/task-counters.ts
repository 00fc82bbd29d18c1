/** What tasks have counted, to be shown. */
export interface TaskCounts {
  readonly recordsProcessed: number;
  /** Records handed to sinks, internal topics included. */
  readonly recordsEmitted: number;
  /** Records dropped by the semantics of an operator or a source, by reason. */
  readonly recordsDropped: Readonly<Record<string, number>>;
  /** Records sent to the dead letter topic. */
  readonly deadLetters: number;
}

/** What a task counts. Changed in place, record by record. */
export class TaskCounters {
  /** Records processed. */
  processed = 0;
  /** Records handed to sinks. */
  emitted = 0;
  /** Batches of records fetched. */
  batches = 0;
  /** Records sent to the dead letter topic. */
  deadLetters = 0;
  /** Records dropped, by reason. */
  readonly dropped = new Map<string, number>();

  /** What was counted elsewhere. */
  static of(counts: TaskCounts): TaskCounters {
    const counters = new TaskCounters();
    counters.processed = counts.recordsProcessed;
    counters.emitted = counts.recordsEmitted;
    counters.deadLetters = counts.deadLetters;
    for (const [reason, count] of Object.entries(counts.recordsDropped)) counters.dropped.set(reason, count);
    return counters;
  }

  drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }

  /** Adds what others have counted. */
  add(others: TaskCounters): void {
    this.processed += others.processed;
    this.emitted += others.emitted;
    this.batches += others.batches;
    this.deadLetters += others.deadLetters;
    for (const [reason, count] of others.dropped) this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count);
  }
}
