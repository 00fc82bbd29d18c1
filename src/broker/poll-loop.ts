import type { ConsumedBatch } from './port.ts';

// Timers of Node go off at once when they are set for longer.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What was taken of a partition at once. */
export interface TakenBatch {
  readonly batch: ConsumedBatch;
  readonly bytes: number;
}

/** The loop of a consumer's `poll`: who is asked first, and what is waited for. Used by one poll at a time. */
export class PollLoop {
  /** The partition that is asked first, another one each time. */
  #first = 0;
  #wake: (() => void) | undefined;
  #wakeupPending = false;

  /** Lets a poll that waits look again. */
  readonly lookAgain = (): void => this.#wake?.();

  /** Ends the poll that waits, or the next one. */
  wakeup(): void {
    this.#wakeupPending = true;
    this.#wake?.();
  }

  /** What `take` returns as soon as that is something; nothing after `maxWaitMs` or a wakeup. Rejects with what it throws. */
  async poll(take: () => ConsumedBatch[], maxWaitMs: number): Promise<ConsumedBatch[]> {
    const deadlineMs = performance.now() + maxWaitMs;
    let batches = take();
    while (batches.length === 0 && !this.#wakeupPending) {
      const restMs = deadlineMs - performance.now();
      if (restMs <= 0) break;
      await this.#wait(restMs);
      batches = take();
    }
    this.#wakeupPending = false;
    return batches;
  }

  /** Takes a share of `maxBytes` from each of the partitions that have something, until that much is taken. */
  takeInTurn<P>(
    ready: readonly P[],
    maxBytes: number,
    take: (partition: P, maxBytes: number) => TakenBatch,
  ): ConsumedBatch[] {
    const batches: ConsumedBatch[] = [];
    let rest = maxBytes;
    this.#first += 1;
    for (let count = 0; count < ready.length && (rest > 0 || batches.length === 0); count++) {
      const partition = ready[(this.#first + count) % ready.length] as P;
      try {
        const { batch, bytes } = take(partition, Math.max(1, Math.ceil(rest / (ready.length - count))));
        rest -= bytes;
        batches.push(batch);
      } catch (error) {
        // What was read before is handed out; the error comes up again, and at the latest when this partition is the first.
        if (batches.length === 0) throw error;
        break;
      }
    }
    return batches;
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(this.lookAgain, Math.min(waitMs, MAX_TIMER_MS));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
