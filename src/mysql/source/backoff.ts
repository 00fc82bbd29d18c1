const FIRST_MS = 100;

/** Waits longer after each failure in a row: 100 ms, then twice as long each time, up to a limit, less up to a half at random. */
export class Backoff {
  readonly #maxMs: number;
  #nextMs = FIRST_MS;
  #wake: () => void = () => {};

  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** Waits; `wakeup` ends it at once. */
  async wait(): Promise<void> {
    const waitMs = Math.min(this.#nextMs, this.#maxMs) * (1 - Math.random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, this.#maxMs);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }

  /** Ends a wait at once. */
  wakeup(): void {
    this.#wake();
  }

  /** After a success: the next wait is short again. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
