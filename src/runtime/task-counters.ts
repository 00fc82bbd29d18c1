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
}
