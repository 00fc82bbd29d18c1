import { isDeepStrictEqual } from 'node:util';
import { Application, type ApplicationOptions } from '../application.ts';
import type { ApplicationListener, RestoreProgress } from '../application-listener.ts';
import { toSentError } from './sent-error.ts';
import { SentLogger } from './sent-logger.ts';
import { WorkerLocalState } from './worker-local-state.ts';
import type { FromWorker, RestoreEvent, ToWorker, WorkerReport } from './worker-messages.ts';

/** What connects a worker with the pool that its thread belongs to. */
export interface WorkerPort {
  post(message: FromWorker): void;
  /** Called once, at the beginning. */
  onMessage(listener: (message: ToWorker) => void): void;
}

/** What a worker runs besides the application: closed when that has ended. */
export interface WorkerSurroundings {
  readonly options: Omit<ApplicationOptions, 'logger' | 'stateListener' | 'worker' | 'threadHost'>;
  /** Answers queries; resolves with where. */
  serve?(application: Application): Promise<string>;
  close(): Promise<void>;
}

/** How often it is looked whether there is something new to report. */
const REPORT_INTERVAL_MS = 200;

/**
 * Runs one stream thread of a process, in a worker: an application that has this thread alone. `open` opens what it runs on.
 * Resolves when all is closed again, which it has said by then, and where it is to stop before it runs at once: whoever
 * called it ends. It never rejects.
 */
export async function serveWorker(
  index: number,
  port: WorkerPort,
  open: (logger: SentLogger) => Promise<WorkerSurroundings>,
): Promise<void> {
  const worker = new WorkerService(index, port);
  const error = await Promise.race([worker.run(open), worker.stoppedBefore]).then(
    () => null,
    (thrown: unknown) => toSentError(thrown),
  );
  port.post({ kind: 'ended', error });
}

class WorkerService {
  readonly #index: number;
  readonly #port: WorkerPort;
  readonly #stoppedBefore = Promise.withResolvers<void>();
  #application: Application | null = null;
  #reported: WorkerReport | null = null;
  #paused = false;
  /** Set when it is to stop. */
  #stopWithinMs: number | null = null;

  constructor(index: number, port: WorkerPort) {
    this.#index = index;
    this.#port = port;
    port.onMessage((message) => this.#hear(message));
  }

  /** Resolves when it is to stop while there is nothing yet to be stopped. */
  get stoppedBefore(): Promise<void> {
    return this.#stoppedBefore.promise;
  }

  async run(open: (logger: SentLogger) => Promise<WorkerSurroundings>): Promise<void> {
    const post = (message: FromWorker): void => this.#port.post(message);
    const logger = new SentLogger(post);
    const surroundings = await open(logger);
    try {
      if (this.#stopWithinMs !== null) return;
      const { options } = surroundings;
      const application = new Application({
        ...options,
        logger,
        stateListener: this.#listener(),
        worker: { index: this.#index, localState: new WorkerLocalState(post) },
      });
      this.#application = application;
      const endpoint = await surroundings.serve?.(application);
      if (endpoint !== undefined) post({ kind: 'serves', endpoint });
      await this.#runApplication(application);
    } finally {
      await surroundings.close();
    }
  }

  async #runApplication(application: Application): Promise<void> {
    if (this.#stopWithinMs !== null) return;
    if (this.#paused) application.pause();
    const reports = setInterval(() => this.#report(), REPORT_INTERVAL_MS);
    try {
      // That it was stopped before it ran is no error of a thread.
      await application.start().catch(() => undefined);
      await application.finished;
    } finally {
      clearInterval(reports);
      this.#report();
    }
  }

  #hear(message: ToWorker): void {
    if (message.kind === 'stop') {
      this.#stopWithinMs ??= message.timeoutMs;
      if (this.#application === null) this.#stoppedBefore.resolve();
      // `finished` tells of what goes wrong.
      this.#application?.close({ timeoutMs: this.#stopWithinMs }).catch(() => undefined);
      return;
    }
    if (message.kind === 'read') return void this.#read();
    this.#paused = message.paused;
    if (message.paused) this.#application?.pause();
    else this.#application?.resume();
  }

  async #read(): Promise<void> {
    const all = await this.#application?.readings().catch(() => null);
    this.#port.post({ kind: 'readings', readings: all?.threads[0] ?? null });
  }

  /** Says what it does, where that has changed. */
  #report(): void {
    const application = this.#application as Application;
    const report = { status: application.status().threads[0] ?? null, metrics: application.metrics() };
    if (isDeepStrictEqual(report, this.#reported)) return;
    this.#reported = report;
    this.#port.post({ kind: 'report', report });
  }

  #listener(): ApplicationListener {
    const restore =
      (event: RestoreEvent) =>
      (progress: RestoreProgress): void =>
        this.#port.post({ kind: 'restore', event, progress });
    return {
      onStateChange: () => this.#report(),
      onRestoreStart: restore('onRestoreStart'),
      onRestoreBatch: restore('onRestoreBatch'),
      onRestoreEnd: restore('onRestoreEnd'),
    };
  }
}
