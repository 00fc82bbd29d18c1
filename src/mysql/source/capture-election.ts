import { hostname } from 'node:os';
import { type Leader, Leadership } from '../../broker/leadership.ts';
import type { Broker } from '../../broker/port.ts';
import { seconds } from '../../core/duration.ts';
import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import type { Logger } from '../../core/logger.ts';
import { type Scheduler, systemScheduler } from '../../core/scheduler.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import type { MySqlSource } from './mysql-source.ts';

/** Who may capture, and what. */
export interface CaptureElectionOptions {
  readonly broker: Broker;
  /** That of the source. All that have the same one capture in turn. */
  readonly topicPrefix: string;
  /** Topics that must be there before `start` resolves; whoever captures makes them. */
  readonly topics: readonly string[];
  /** Makes the source of one term. `isTakeOver` says that the source goes on with what another, or an earlier one, began. */
  readonly createSource: (isTakeOver: boolean) => MySqlSource;
  readonly logger: Logger;
  readonly scheduler?: Scheduler;
}

/** Longer than a heartbeat, so that who was thrown out of the group knows it by then. */
const RETRY_MS = seconds(5);
const TOPICS_LOOK_MS = 200;
/** How long a stop waits for a source that is still starting: it has committed nothing. */
const STARTING_MS = seconds(2);
/** Another has taken over, which the group will say soon; the broker has ended a transaction, or does not answer. */
const PASSING: readonly ErrorCode[] = ['PRODUCER_FENCED', 'BROKER_UNAVAILABLE'];

/**
 * One of the processes that could capture a MySQL server does, the others stand by: they form the group
 * `millrace-mysql-<topicPrefix>`, and when the one dies another goes on at the very row, from the offset that is in the same
 * transactions as the rows. One that was thought dead and comes back is fenced by the transactional id, and stands by.
 */
export class CaptureElection {
  /** Resolves after `stop`, or when the source has nothing more to do; rejects with what ended the capture for good. */
  readonly finished: Promise<void>;
  readonly #options: CaptureElectionOptions;
  readonly #scheduler: Scheduler;
  readonly #logger: Logger;
  readonly #finish = Promise.withResolvers<void>();
  /** Resolves when this process captures, or another is known to. */
  readonly #decided = Promise.withResolvers<void>();
  #leadership: Leadership | null = null;
  #leads = false;
  #source: MySqlSource | null = null;
  #isFirstDecision = true;
  #stopped = false;
  /** Sources are started and stopped one after another. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: CaptureElectionOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler ?? systemScheduler;
    this.#logger = options.logger;
    this.finished = this.#finish.promise;
    // Whoever does not look at them must not be ended by them.
    this.finished.catch(() => undefined);
    this.#decided.promise.catch(() => undefined);
  }

  /** The source that captures in this process; null while another process does. */
  get source(): MySqlSource | null {
    return this.#source;
  }

  /** Resolves when this process captures or another does, and when it is stopped. Throws what `MySqlSource.start` throws, GROUP_PROTOCOL_MISMATCH. */
  async start(): Promise<void> {
    const { broker, topicPrefix } = this.#options;
    this.#leadership = await Leadership.join({
      broker,
      group: `millrace-mysql-${topicPrefix}`,
      address: `${hostname()}:${process.pid}`,
      onChange: (leader) => this.#changed(leader),
      onFailure: (error) => this.#fail(error),
    });
    await Promise.race([this.#decided.promise, this.finished]);
    while (!this.#stopped && this.#source === null && !(await this.#hasTopics()))
      await Promise.race([this.#pause(), this.finished]);
  }

  /** Ends the source, if it is here, and lets another process go on. May be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#atMost(STARTING_MS, this.#work);
    await this.#source?.stop();
    await this.#leadership?.leave();
    this.#finish.resolve();
  }

  #changed(leader: Leader | null): void {
    this.#leads = leader?.isSelf === true;
    const { topicPrefix } = this.#options;
    if (leader === null) this.#logger.warn('out of the group of those who capture; joins again', { topicPrefix });
    else this.#logger.info('capture of MySQL', { topicPrefix, by: this.#leads ? 'this process' : leader.address });
    this.#adjustSoon(leader !== null);
  }

  #adjustSoon(isDecided: boolean): void {
    this.#work = this.#work.then(async () => {
      if (this.#stopped) return;
      if (this.#leads && this.#source === null) await this.#capture();
      else if (!this.#leads && this.#source !== null) await this.#release();
      if (isDecided) this.#isFirstDecision = false;
      if (isDecided) this.#decided.resolve();
    });
  }

  async #capture(): Promise<void> {
    const isTakeOver = !this.#isFirstDecision;
    let source: MySqlSource;
    try {
      source = this.#options.createSource(isTakeOver);
      await source.start();
    } catch (error) {
      if (this.#stopped) return;
      // At the first start whoever started it is told at once; one that takes over tries as long as a running one would.
      const isPassing = isMillraceErrorOf(error, ...PASSING, ...(isTakeOver ? (['MYSQL_UNREACHABLE'] as const) : []));
      if (isPassing) this.#tryAgain(error);
      else this.#fail(error);
      return;
    }
    if (this.#stopped) return source.stop();
    this.#source = source;
    source.finished.then(
      () => this.#done(source),
      (error: unknown) => this.#ended(source, error),
    );
  }

  async #release(): Promise<void> {
    const source = this.#source;
    this.#source = null;
    await source?.stop();
  }

  /** A source that only takes snapshots ends by itself. */
  #done(source: MySqlSource): void {
    if (this.#source === source) this.#finish.resolve();
  }

  #ended(source: MySqlSource, error: unknown): void {
    if (this.#source !== source) return;
    this.#source = null;
    if (isMillraceErrorOf(error, ...PASSING)) this.#tryAgain(error);
    else this.#fail(error);
  }

  #tryAgain(error: unknown): void {
    this.#logger.warn('capture of MySQL ended; tries again where this process is still to capture', { error });
    this.#scheduler.after(RETRY_MS, () => this.#adjustSoon(false));
  }

  /** For good: another process may try. */
  #fail(error: unknown): void {
    this.#decided.reject(error);
    this.#finish.reject(error);
    // It rejects never.
    void this.#leadership?.leave();
  }

  async #hasTopics(): Promise<boolean> {
    const { broker, topics } = this.#options;
    const found = await broker.admin.describeTopics(topics).catch((error: unknown) => {
      if (isMillraceErrorOf(error, 'BROKER_UNAVAILABLE')) return new Map();
      throw error;
    });
    return found.size === new Set(topics).size;
  }

  async #atMost(limitMs: number, work: Promise<void>): Promise<void> {
    let release: (() => void) | undefined;
    const late = new Promise<void>((resolve) => (release = this.#scheduler.after(limitMs, resolve)));
    await Promise.race([work, late]);
    release?.();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#scheduler.after(TOPICS_LOOK_MS, resolve));
  }
}
