import type { MaybePromise } from '../core/maybe-promise.ts';

/** When a punctuator is called. */
export interface PunctuationOptions {
  /** At least 1. Calls that were missed are not made up for. */
  readonly intervalMs: number;
  /**
   * `streamTime` is the largest timestamp of any record that the task has processed: looked at after each record, due at 0
   * and then at multiples of the interval, with no records no calls. `wallClock` is due one interval after it was scheduled.
   */
  readonly type: 'streamTime' | 'wallClock';
}

/** Is called with the time that it is: stream time or wall clock, in milliseconds since the epoch. */
export type Punctuator = (timestampMs: number) => MaybePromise<void>;

/** Something scheduled. */
export interface Cancellable {
  /** Ends it. May be called twice, and by the punctuator itself. */
  cancel(): void;
}
