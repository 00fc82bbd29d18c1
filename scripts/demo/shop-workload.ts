import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { systemClock, type Clock } from '../../src/core/clock.ts';
import { SeededRandom } from './seeded-random.ts';
import { shopChanges, type ShopChange } from './shop-changes.ts';
import { ShopSession } from './shop-session.ts';

const totalWeight = shopChanges.reduce((sum, change) => sum + change.weight, 0);

/** How the shop is kept changing. */
export interface ShopWorkloadOptions {
  /** In the shop's database, used by this workload alone. */
  readonly connection: Connection;
  readonly seed: number;
  /** Rows per second that `run` aims at. */
  readonly changesPerSecond?: number;
  readonly clock?: Clock;
}

/**
 * Keeps changing a shop, in transactions of one to many rows: inserts, updates (of foreign keys and of primary keys too),
 * deletes, roll-backs; rows dangle now and then. The same seed, clock and shop give the same changes. Customers, products
 * and orders stay within bounds however long it runs.
 */
export class ShopWorkload {
  readonly #connection: Connection;
  readonly #session: ShopSession;
  readonly #changesPerSecond: number;
  #prepared = false;
  #committedRows = 0;

  constructor({ connection, seed, changesPerSecond = 50, clock = systemClock }: ShopWorkloadOptions) {
    this.#connection = connection;
    this.#session = new ShopSession(connection, new SeededRandom(seed), clock);
    this.#changesPerSecond = changesPerSecond;
  }

  /** Rows inserted, changed and deleted by transactions that committed. */
  get changedRows(): number {
    return this.#committedRows;
  }

  /** Makes one transaction. */
  async step(): Promise<void> {
    await this.#prepare();
    const change = this.#choose();
    const before = this.#session.changedRows;
    await this.#connection.beginTransaction();
    try {
      await change.make(this.#session);
    } catch (error) {
      await this.#connection.rollback().catch(() => undefined);
      throw error;
    }
    if (change.rolledBack) {
      await this.#connection.rollback();
    } else {
      await this.#connection.commit();
      this.#committedRows += this.#session.changedRows - before;
    }
  }

  /** Makes transactions at the rate asked for until the signal comes; then ends after the transaction at hand. */
  async run(signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const before = this.#committedRows;
    while (!signal.aborted) {
      await this.step();
      const dueMs = ((this.#committedRows - before) / this.#changesPerSecond) * 1000;
      const waitMs = Math.max(1, dueMs - (performance.now() - startedAt));
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #prepare(): Promise<void> {
    if (this.#prepared) return;
    await this.#connection.query("SET SESSION time_zone = '+00:00'");
    this.#prepared = true;
  }

  #choose(): ShopChange {
    let left = this.#session.random.next() * totalWeight;
    for (const change of shopChanges) {
      left -= change.weight;
      if (left < 0) return change;
    }
    return shopChanges[0] as ShopChange;
  }
}
