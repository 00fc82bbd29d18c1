/** Windows of one size that begin every `advanceMs`: each record is in all those that its timestamp falls into. */
export interface TimeWindows {
  readonly kind: 'tumbling' | 'hopping';
  readonly sizeMs: number;
  /** From the start of one window to that of the next; the size where they do not overlap. */
  readonly advanceMs: number;
  /** How long after its end, in stream time, a window still takes records. */
  readonly graceMs: number;
}

/** Windows that have records of at most a time apart: one for each set of such records. */
export interface SlidingWindows {
  readonly kind: 'sliding';
  readonly timeDifferenceMs: number;
  /** How long after its end, in stream time, a window still takes records. */
  readonly graceMs: number;
}

/** Windows as long as records of their key follow each other within a gap. */
export interface SessionWindows {
  readonly kind: 'session';
  readonly gapMs: number;
  /** How long after its end and the gap, in stream time, a session still takes records. */
  readonly graceMs: number;
}

/** One window for each key, that begins at a time and never ends. */
export interface UnlimitedWindows {
  readonly kind: 'unlimited';
  readonly startMs: number;
}

/** Any kind of windows. */
export type Windows = TimeWindows | SlidingWindows | SessionWindows | UnlimitedWindows;
