/** What has to be released, last acquired first. */
export class CleanupStack {
  #steps: (() => Promise<void>)[] = [];

  /** Remembers a step for `run`. */
  defer(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** Forgets all steps: somebody else owns what they release. */
  dismiss(): void {
    this.#steps = [];
  }

  /** Runs all steps, even when some fail; then throws the first error. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) await step().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}
