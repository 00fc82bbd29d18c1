import type { Clock } from '../core/clock.ts';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #nowMs: number;

  /** `startMs` in milliseconds since the epoch. */
  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Moves the clock on by `ms`. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }
}
