import type { Headers } from './headers.ts';

/** When a record happened and what it carries along: shared by all records that are made from one. */
export interface Stamp {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly headers: Headers;
}

/** The stamp with another timestamp; the same object where it has that already. */
export function stampAt(stamp: Stamp, timestamp: number): Stamp {
  return stamp.timestamp === timestamp ? stamp : { timestamp, headers: stamp.headers };
}
