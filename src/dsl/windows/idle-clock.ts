import type { MaybePromise } from '../../core/maybe-promise.ts';
import { seconds } from '../../core/duration.ts';
import type { ProcessorContext } from '../../processor/processor.ts';

/** How often to look, at most. */
const LOOK_EVERY_MS = seconds(1);

/**
 * Tells an operator when its input is idle: no record has come for a time by the wall clock, nor does one wait. A task that
 * is behind is not idle, however long it takes; neither is what comes through repartition topics looked at.
 */
export class IdleClock {
  readonly #context: ProcessorContext<never>;
  #lastMs: number;

  /** Calls `onIdle` now and then while idle, with how long nothing has come; in milliseconds, at least `idleMs`. */
  constructor(context: ProcessorContext<never>, idleMs: number, onIdle: (elapsedMs: number) => MaybePromise<void>) {
    this.#context = context;
    this.#lastMs = context.systemTimeMs;
    context.schedule({ intervalMs: Math.min(idleMs, LOOK_EVERY_MS), type: 'wallClock' }, (nowMs) => {
      if (!context.caughtUp) this.#lastMs = nowMs;
      const elapsedMs = nowMs - this.#lastMs;
      return elapsedMs < idleMs ? undefined : onIdle(elapsedMs);
    });
  }

  /** Takes note of a record. */
  record(): void {
    this.#lastMs = this.#context.systemTimeMs;
  }
}
