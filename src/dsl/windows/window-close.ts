import { checkDuration } from './check-duration.ts';

/** How windows close besides by the records that come. */
export interface WindowCloseOptions {
  /**
   * A time in milliseconds, `seconds(30)`. When no record has come for so long by the wall clock, and nothing waits to be processed, stream time goes on with the
   * wall clock from the largest timestamp so far, until the last open window has closed. Records that come later than that
   * are late. Take longer than records are ever delayed.
   */
  readonly idle: number;
}

/** Returns the idle time, null where none is given. Throws TOPOLOGY_INVALID when it is not a whole number from 1. */
export function idleMsOf(windowClose: WindowCloseOptions | undefined, of: string): number | null {
  return windowClose === undefined ? null : checkDuration('windowClose.idle', windowClose.idle, { of, min: 1 });
}
