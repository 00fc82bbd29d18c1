import type { MaybePromise } from '../core/maybe-promise.ts';

/**
 * The records of one processor whose results come later: its task goes on with the next records meanwhile.
 *
 * While as many are in flight as it was opened for, the task takes no further record. No commit is made with a record in
 * flight: it waits until all are finished, so that what is committed has its results.
 */
export interface InFlight {
  /** Counts the record being processed as in flight until it is finished. */
  begin(): InFlightRecord;
}

/** A record in flight. Must be finished, whatever becomes of it. */
export interface InFlightRecord {
  /**
   * Hands the rest of the work over to the task: the step runs when no other record is being processed, in the order of
   * these calls, with the metadata of this record, and may forward. An error of it stops the task at this record's place.
   */
  finish(step: () => MaybePromise<void>): void;
}
