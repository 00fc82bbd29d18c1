/** Lets one loop sleep until something happens. A wake that comes before the sleep is not lost. */
export class Waker {
  #awake = false;
  #resolve: (() => void) | null = null;

  /** Ends the sleep, or the next one at once. */
  wake(): void {
    this.#awake = true;
    this.#resolve?.();
  }

  /** Sleeps until `wake`, or for `maxMs`; null is without end. */
  async sleep(maxMs: number | null): Promise<void> {
    if (!this.#awake) {
      await new Promise<void>((resolve) => {
        const timer = maxMs === null ? undefined : setTimeout(resolve, maxMs);
        this.#resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#resolve = null;
    this.#awake = false;
  }
}
