import { setImmediate } from 'node:timers/promises';
import type { Scheduler } from '../../src/core/scheduler.ts';

interface Entry {
  readonly atMs: number;
  readonly action: () => void;
}

/** A scheduler whose time passes only when it is told to. */
export class ManualScheduler implements Scheduler {
  #nowMs = 0;
  readonly #entries = new Set<Entry>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const entry = { atMs: this.#nowMs + delayMs, action };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  /** Lets time pass; between two moments at which something is due, all that follows from the first is done. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await setImmediate();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = next.atMs;
      this.#entries.delete(next);
      next.action();
      await setImmediate();
    }
    this.#nowMs = endMs;
  }

  #next(endMs: number): Entry | undefined {
    let next: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.atMs <= endMs && (next === undefined || entry.atMs < next.atMs)) next = entry;
    }
    return next;
  }
}
