import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { Cancellable, Punctuator } from '../../processor/punctuation.ts';

/** A punctuator that is to be called. */
export interface NewPunctuation {
  /** The node that scheduled it. */
  readonly node: string;
  readonly intervalMs: number;
  readonly firstDueMs: number;
  readonly punctuate: Punctuator;
}

interface Punctuation extends NewPunctuation {
  dueMs: number;
}

/**
 * The punctuators of a task on one kind of time, as Kafka Streams' class of this name calls them: each at most once a check,
 * the one due first first. What was missed is skipped, but the grid of due times stays.
 */
export class PunctuationQueue {
  /** When the next call is due; infinite with nothing scheduled. */
  nextDueMs = Infinity;
  readonly #punctuations = new Set<Punctuation>();
  readonly #handleError: (error: unknown, node: string) => void;

  /** `handleError` passes over the error of a punctuator, or throws it with its place. */
  constructor(handleError: (error: unknown, node: string) => void) {
    this.#handleError = handleError;
  }

  /** Schedules a punctuator. */
  add(punctuation: NewPunctuation): Cancellable {
    const scheduled = { ...punctuation, dueMs: punctuation.firstDueMs };
    this.#put(scheduled);
    return {
      cancel: () => {
        this.#punctuations.delete(scheduled);
        this.#updateNextDue();
      },
    };
  }

  /** Calls all that are due, in order. Errors have the node in their context. */
  punctuate(nowMs: number): MaybePromise<void> {
    while (this.nextDueMs <= nowMs) {
      const pending = this.#callFirst(nowMs);
      if (pending !== undefined) return pending.then(() => this.punctuate(nowMs));
    }
  }

  #callFirst(nowMs: number): MaybePromise<void> {
    const punctuation = this.#first() as Punctuation;
    const { node, intervalMs, dueMs } = punctuation;
    // Set before the call, so that the punctuator may cancel itself.
    this.#punctuations.delete(punctuation);
    punctuation.dueMs = dueMs + (Math.floor((nowMs - dueMs) / intervalMs) + 1) * intervalMs;
    this.#put(punctuation);
    try {
      const pending = punctuation.punctuate(nowMs);
      return pending?.catch((error: unknown) => this.#handleError(error, node));
    } catch (error) {
      this.#handleError(error, node);
    }
  }

  #put(punctuation: Punctuation): void {
    this.#punctuations.add(punctuation);
    this.#updateNextDue();
  }

  #updateNextDue(): void {
    this.nextDueMs = this.#first()?.dueMs ?? Infinity;
  }

  #first(): Punctuation | null {
    let first: Punctuation | null = null;
    for (const punctuation of this.#punctuations) {
      if (first === null || punctuation.dueMs < first.dueMs) first = punctuation;
    }
    return first;
  }
}
