import { type Clock, systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { MySqlSourceStatus } from '../../mysql/source/mysql-source.ts';
import type { ApplicationMetrics } from '../../runtime/application-metrics.ts';
import type { Host } from '../host/running-host.ts';

/** Counts at a moment, for rates. */
interface Sample {
  readonly atMs: number;
  readonly rows: number;
  readonly metrics: ReadonlyMap<string, ApplicationMetrics>;
}

/** Tells by log lines what a host does: `checkSource` when its source gets on, `report` how fast all is, `summarize` what was done. */
export class StatusLog {
  readonly #host: Host;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #first: Sample;
  #last: Sample;
  readonly #snapshotRows = new Map<string, number>();
  #sourceState = '';

  constructor(host: Host, logger: Logger, clock: Clock = systemClock) {
    this.#host = host;
    this.#logger = logger;
    this.#clock = clock;
    this.#first = this.#sample();
    this.#last = this.#first;
  }

  /** Logs a change of the source's state, and once it streams what its snapshot has read. */
  checkSource(): void {
    const status = this.#host.source?.status();
    if (status === undefined) return;
    if (status.state === 'streaming') this.#reportSnapshot(status.snapshot);
    if (status.state === this.#sourceState) return;
    this.#logger.info('MySQL source changed state', { from: this.#sourceState || undefined, to: status.state });
    this.#sourceState = status.state;
  }

  /** Logs one line for the source and one for each application, with the rates since the last report. */
  async report(): Promise<void> {
    const before = this.#last;
    const now = this.#sample();
    this.#last = now;
    const perSecond = (count: number): number => Math.round((count * 1000) / Math.max(1, now.atMs - before.atMs));
    // After another process took the capture over, or gave it, the count begins anew.
    this.#reportSource(perSecond(Math.max(0, now.rows - before.rows)));
    for (const [name, metrics] of now.metrics) {
      const earlier = before.metrics.get(name);
      this.#logger.info('status', {
        application: name,
        recordsPerSecond: perSecond(metrics.recordsProcessed - (earlier?.recordsProcessed ?? 0)),
        emittedPerSecond: perSecond(metrics.recordsEmitted - (earlier?.recordsEmitted ?? 0)),
        lagRecords: await this.#lag(name),
        dropped: droppedOf(metrics),
      });
    }
  }

  /** Logs what was done since the start. */
  summarize(): void {
    const now = this.#sample();
    const seconds = Math.round((now.atMs - this.#first.atMs) / 100) / 10;
    for (const [application, metrics] of now.metrics) {
      const { recordsProcessed, recordsEmitted, recordsRestored, commits } = metrics;
      const counts = { recordsProcessed, recordsEmitted, recordsRestored, commits, dropped: droppedOf(metrics) };
      this.#logger.info('stopped', { application, seconds, ...counts });
    }
    if (this.#host.source !== null) this.#logger.info('MySQL source stopped', { seconds, rows: now.rows });
  }

  /** A short snapshot begins and ends between two looks, so that the states do not tell of it. */
  #reportSnapshot(tables: MySqlSourceStatus['snapshot']): void {
    for (const { table, rows, isComplete } of tables) {
      if (!isComplete || this.#snapshotRows.get(table) === rows) continue;
      this.#snapshotRows.set(table, rows);
      this.#logger.info('snapshot done', { table, rows });
    }
  }

  #reportSource(rowsPerSecond: number): void {
    const status = this.#host.source?.status();
    if (status === undefined) return;
    const { state, lagMs } = status;
    this.#logger.info('MySQL source', { state, rowsPerSecond, lagMs });
    for (const { table, rows, estimatedRows, percent, etaMs, isComplete, isStopped } of status.snapshot) {
      if (isComplete || isStopped) continue;
      const etaSeconds = etaMs === null ? undefined : Math.ceil(etaMs / 1000);
      this.#logger.info('snapshot', { table, rows, estimatedRows, percent, etaSeconds });
    }
  }

  /** Null while the application does not run, or when it stops meanwhile. */
  async #lag(name: string): Promise<number | null> {
    try {
      return (await this.#host.applications.get(name)?.lag()) ?? null;
    } catch (error) {
      if (error instanceof MillraceError) return null;
      throw error;
    }
  }

  #sample(): Sample {
    const metrics = [...this.#host.applications].map(([name, application]) => [name, application.metrics()] as const);
    const rows = this.#host.source?.status().rowsEmitted ?? 0;
    return { atMs: this.#clock.now(), rows, metrics: new Map(metrics) };
  }
}

/** Undefined when nothing was dropped, which needs no words. */
function droppedOf({ recordsDropped }: ApplicationMetrics): Readonly<Record<string, number>> | undefined {
  return Object.keys(recordsDropped).length === 0 ? undefined : recordsDropped;
}
