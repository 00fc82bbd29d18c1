import type { LogFields } from '../../core/logger.ts';
import type { ApplicationListener, RestoreProgress } from '../application-listener.ts';
import type { ApplicationMetrics } from '../application-metrics.ts';
import type { ThreadReadings } from '../application-readings.ts';
import type { ThreadStatus } from '../application-status.ts';
import type { TaskPosition } from '../assignment/subscription-data.ts';
import type { SentError } from './sent-error.ts';

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: 'pause'; readonly paused: boolean }
  /** Says its readings once. */
  | { readonly kind: 'read' }
  /** Commits and ends, within this time. */
  | { readonly kind: 'stop'; readonly timeoutMs: number };

/** What a worker says. Plain data. */
export type FromWorker =
  | { readonly kind: 'report'; readonly report: WorkerReport }
  /** What it was asked for; null while it has no thread. */
  | { readonly kind: 'readings'; readonly readings: ThreadReadings | null }
  /** Where it answers queries about its tasks. */
  | { readonly kind: 'serves'; readonly endpoint: string }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }
  | { readonly kind: 'restore'; readonly event: RestoreEvent; readonly progress: RestoreProgress }
  /** It opens the stores of a task. */
  | { readonly kind: 'opening'; readonly task: string }
  /** It has closed them, and how far they were; null where nothing is kept. */
  | { readonly kind: 'closed'; readonly position: TaskPosition | null }
  /** Its thread has ended: by the error, or since it was to. */
  | { readonly kind: 'ended'; readonly error: SentError | null };

/** What the thread of a worker does, and has done so far. */
export interface WorkerReport {
  /** Null while it has none. */
  readonly status: ThreadStatus | null;
  readonly metrics: ApplicationMetrics;
}

/** The levels of log lines. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a listener is told of restores. */
export type RestoreEvent = Exclude<keyof ApplicationListener, 'onStateChange'>;
