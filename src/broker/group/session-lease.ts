import { MillraceError } from '../../core/millrace-error.ts';
import type { Scheduler } from '../../core/scheduler.ts';
import type { GroupOptions } from '../group-port.ts';

/**
 * For how long a member may be sure that it is one: a session lasts at least its time-out from when the last request was sent
 * that the coordinator answered. Afterwards the member may be one still, and cannot know it before the next answer.
 */
export class SessionLease {
  readonly #group: string;
  readonly #sessionTimeoutMs: number;
  readonly #patienceMs: number;
  readonly #scheduler: Scheduler;
  #untilMs = -Infinity;
  #waiting: PromiseWithResolvers<void>[] = [];

  constructor(options: Pick<GroupOptions, 'group' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs'>, scheduler: Scheduler) {
    this.#group = options.group;
    this.#sessionTimeoutMs = options.sessionTimeoutMs;
    // A member that waits for others to join hears nothing meanwhile.
    this.#patienceMs = Math.max(options.rebalanceTimeoutMs, options.sessionTimeoutMs);
    this.#scheduler = scheduler;
  }

  get holds(): boolean {
    return this.#scheduler.nowMs() < this.#untilMs;
  }

  /** Whether somebody waits for an answer of the coordinator. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** The coordinator has answered what was sent at that time. */
  renew(sentMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, sentMs + this.#sessionTimeoutMs);
    if (this.holds) for (const { resolve } of this.#takeWaiting()) resolve();
  }

  /** The membership is over. */
  end(): void {
    this.#untilMs = -Infinity;
    for (const { reject } of this.#takeWaiting()) reject(this.over());
  }

  /** Resolves at the next renewal. Throws GROUP_MEMBER_FENCED at the end, BROKER_UNAVAILABLE when neither comes. */
  async renewed(): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    this.#waiting.push(waiting);
    const cancel = this.#scheduler.after(this.#patienceMs, () => waiting.reject(this.#silent()));
    try {
      await waiting.promise;
    } finally {
      cancel();
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
    }
  }

  /** What to throw to who is no member. */
  over(): MillraceError {
    const message = `Expected to be a member of group "${this.#group}", got a group that has gone on without it`;
    return new MillraceError('GROUP_MEMBER_FENCED', message, { context: { group: this.#group } });
  }

  #silent(): MillraceError {
    const message = `Expected the coordinator of group "${this.#group}" to answer within ${this.#patienceMs} ms, got silence`;
    return new MillraceError('BROKER_UNAVAILABLE', message, { context: { group: this.#group } });
  }

  #takeWaiting(): readonly PromiseWithResolvers<void>[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
