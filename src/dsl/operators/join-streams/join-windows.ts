import { MillraceError } from '../../../core/millrace-error.ts';

/**
 * How far apart the records that two streams join may be: a left record at t joins the right ones in
 * [t − `beforeMs`, t + `afterMs`]. Either may be negative as long as the window is not empty.
 */
export interface JoinWindows {
  readonly beforeMs: number;
  readonly afterMs: number;
  /** How much later than the window's end a record may come and still be joined. */
  readonly graceMs: number;
}

/** Throws TOPOLOGY_INVALID for a window that no record fits in, or one whose times are no whole milliseconds. */
export function checkJoinWindows({ beforeMs, afterMs, graceMs }: JoinWindows, join: string): void {
  const whole = [beforeMs, afterMs, graceMs].every((ms) => Number.isSafeInteger(ms));
  if (whole && beforeMs + afterMs >= 0 && graceMs >= 0) return;
  throw new MillraceError(
    'TOPOLOGY_INVALID',
    `Expected \`window\` of join "${join}" to be whole milliseconds with beforeMs + afterMs >= 0 and graceMs >= 0, got ${beforeMs}, ${afterMs} and ${graceMs}`,
  );
}
