/** What a task counts. Changed in place, record by record. */
export class TaskCounters {
  /** Records processed. */
  processed = 0;
  /** Records handed to sinks. */
  emitted = 0;
  /** Records dropped, by reason. */
  readonly dropped = new Map<string, number>();

  drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }

  /** Adds what others have counted. */
  add(others: TaskCounters): void {
    this.processed += others.processed;
    this.emitted += others.emitted;
    for (const [reason, count] of others.dropped) this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count);
  }
}
