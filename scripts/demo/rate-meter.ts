/** How fast a total grows: per second, over the last few seconds. */
export class RateMeter {
  readonly #windowMs: number;
  readonly #samples: { readonly atMs: number; readonly total: number }[] = [];

  constructor(windowMs = 5000) {
    this.#windowMs = windowMs;
  }

  /** Notes the total at a time (milliseconds, never decreasing) and gives the rate; 0 for the first sample. */
  sample(atMs: number, total: number): number {
    this.#samples.push({ atMs, total });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) <= atMs - this.#windowMs) this.#samples.shift();
    const oldest = this.#samples[0];
    if (oldest === undefined || oldest.atMs === atMs) return 0;
    return ((total - oldest.total) * 1000) / (atMs - oldest.atMs);
  }
}
