import type { BrokerAdmin, PartitionOffset } from '../../broker/port.ts';
import type { Clock } from '../../core/clock.ts';
import { isRetriable } from '../errors/retriable-error.ts';

/** Deletes the records of repartition topics that are committed: nobody reads them again. */
export class RepartitionPurger {
  readonly #admin: BrokerAdmin;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #topics: ReadonlySet<string>;
  #lastMs: number;

  /** `topics` are the full names of the repartition topics. */
  constructor(admin: BrokerAdmin, topics: ReadonlySet<string>, options: { clock: Clock; intervalMs: number }) {
    this.#admin = admin;
    this.#topics = topics;
    this.#clock = options.clock;
    this.#intervalMs = options.intervalMs;
    this.#lastMs = options.clock.now();
  }

  /** Purges behind these committed offsets, if the interval has passed since the last time. */
  async purge(committed: readonly PartitionOffset[]): Promise<void> {
    const nowMs = this.#clock.now();
    if (nowMs - this.#lastMs < this.#intervalMs) return;
    this.#lastMs = nowMs;
    const before = committed.filter(({ topic, offset }) => this.#topics.has(topic) && offset > 0);
    if (before.length === 0) return;
    try {
      await this.#admin.deleteRecords(before);
    } catch (error) {
      // What is left is purged the next time.
      if (!isRetriable(error)) throw error;
    }
  }
}
