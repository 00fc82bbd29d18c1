/** How often something was done, and how long it took. */
export interface LatencyReading {
  readonly count: number;
  /** Of all of them together, in milliseconds. */
  readonly totalMs: number;
  /** The longest of about the last minute, in milliseconds; 0 where nothing was done. */
  readonly maxMs: number;
}

/** The maximum is of this span and the one before. */
const SPAN_MS = 30_000;

/** Measures how long steps take that are done for many records at once. */
export class LatencyMeter {
  #count = 0;
  #totalMs = 0;
  #spanEndMs = 0;
  #maxMs = 0;
  #maxBeforeMs = 0;

  /** Adds one that has just ended. */
  record(durationMs: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#count++;
    this.#totalMs += durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  /** What was measured so far. */
  readAt(nowMs: number): LatencyReading {
    this.#turn(nowMs);
    return { count: this.#count, totalMs: this.#totalMs, maxMs: Math.max(this.#maxMs, this.#maxBeforeMs) };
  }

  #turn(nowMs: number): void {
    if (nowMs < this.#spanEndMs) return;
    this.#maxBeforeMs = nowMs < this.#spanEndMs + SPAN_MS ? this.#maxMs : 0;
    this.#maxMs = 0;
    this.#spanEndMs = nowMs + SPAN_MS;
  }
}
