import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { ThreadReadings } from '../application-readings.ts';
import type { ThreadStatus } from '../application-status.ts';
import type { TaskHost } from '../assignment/assignment-data.ts';
import type { PooledThread } from '../threads/pooled-thread.ts';
import type { SharedParts } from '../shared-parts.ts';
import { TaskCounters } from '../tasks/task-counters.ts';
import { fromSentError } from './sent-error.ts';
import { receivedFields } from './sent-logger.ts';
import type { ThreadHost, WorkerConnection } from './thread-host.ts';
import type { FromWorker, WorkerReport } from './worker-messages.ts';

/** What the thread of a worker is followed with. */
export interface WorkerThreadOptions {
  readonly host: ThreadHost;
  readonly index: number;
  readonly shared: SharedParts;
  /** Called when it has changed its state. */
  readonly onStateChange: () => void;
}

/** A stream thread in a worker, as its pool sees it. It is known by what the worker says of it, which may be a moment old. */
export class WorkerThread implements PooledThread {
  /** There is one in the pool's own event loop that knows. */
  readonly hosts: readonly TaskHost[] = [];
  readonly #options: WorkerThreadOptions;
  readonly #worker: WorkerConnection;
  readonly #logger: Logger;
  readonly #ended = Promise.withResolvers<void>();
  #report: WorkerReport | null = null;
  /** Who waits for its readings: they come in the order in which they were asked for. */
  readonly #readers: ((readings: ThreadReadings | null) => void)[] = [];
  #endpoint: string | null = null;
  #hasEnded = false;
  #hasCrashed = false;

  /** Starts the worker. */
  constructor(options: WorkerThreadOptions) {
    const { host, index, shared } = options;
    this.#options = options;
    this.#logger = shared.environment.logger.child({ thread: index });
    this.#worker = host.open(index);
    this.#worker.onMessage((message) => this.#hear(message));
    this.#ended.promise.catch(() => undefined);
    void this.#worker.gone.then((error) => this.#gone(error));
  }

  /** Where it answers queries about its tasks; null where it does not, or not yet. */
  get endpoint(): string | null {
    return this.#endpoint;
  }

  get status(): ThreadStatus {
    return this.#report?.status ?? { index: this.#options.index, state: 'STARTING', active: [], standby: [] };
  }

  get counters(): readonly TaskCounters[] {
    return this.#report === null ? [] : [TaskCounters.of(this.#report.metrics)];
  }

  get commits(): number {
    return this.#report?.metrics.commits ?? 0;
  }

  get restored(): number {
    return this.#report?.metrics.recordsRestored ?? 0;
  }

  get rebalances(): number {
    return this.#report?.metrics.rebalances ?? 0;
  }

  readings(): Promise<ThreadReadings | null> {
    if (this.#hasEnded) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#readers.push(resolve);
      this.#worker.post({ kind: 'read' });
    });
  }

  run(): Promise<void> {
    return this.#ended.promise;
  }

  stop(): void {
    const { shutdownTimeoutMs } = this.#options.shared.environment.config;
    this.#worker.post({ kind: 'stop', timeoutMs: shutdownTimeoutMs });
  }

  pause(paused: boolean): void {
    this.#worker.post({ kind: 'pause', paused });
  }

  /** What has failed in the worker has told the others itself; a worker that is gone has not. */
  async stopAll(): Promise<boolean> {
    return !this.#hasCrashed;
  }

  async close(): Promise<void> {
    this.stop();
    await this.#worker.gone;
    // Nobody has said how far its state is.
    if (this.#hasCrashed) await this.#lookAtState();
  }

  abandon(): void {
    this.#worker.terminate();
  }

  #hear(message: FromWorker): void {
    const { shared, onStateChange } = this.#options;
    const { environment, processState } = shared;
    switch (message.kind) {
      case 'report': {
        const before = this.status.state;
        this.#report = message.report;
        if (this.status.state !== before) onStateChange();
        return;
      }
      case 'readings':
        this.#readers.shift()?.(message.readings);
        return;
      case 'serves':
        this.#endpoint = message.endpoint;
        return;
      case 'log':
        return this.#logger[message.level](message.message, receivedFields(message.fields));
      case 'restore':
        return environment.listener[message.event]?.(message.progress);
      case 'opening':
        return processState?.opening(message.task);
      case 'closed':
        return processState?.remember(message.position);
      case 'ended':
        return this.#end(message.error === null ? null : fromSentError(message.error));
      default:
        message satisfies never;
    }
  }

  #gone(error: MillraceError | null): void {
    if (this.#hasEnded) return;
    this.#hasCrashed = true;
    const { index } = this.#options;
    const message = `Expected worker thread ${index} to run until it was stopped, got its end`;
    this.#end(error ?? new MillraceError('RUNTIME_WORKER_ENDED', message, { context: { thread: index } }));
  }

  #end(error: MillraceError | null): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const resolve of this.#readers.splice(0)) resolve(null);
    if (error === null) this.#ended.resolve();
    else this.#ended.reject(error);
  }

  async #lookAtState(): Promise<void> {
    const { plans, processState } = this.#options.shared;
    const { active, standby } = this.status;
    await processState?.load([...active, ...standby].flatMap(({ task }) => plans.get(task) ?? []));
  }
}
