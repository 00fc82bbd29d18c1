import { Datum } from '../../serde/datum.ts';
import type { RowVersions } from '../versioned/row-versions.ts';
import { ReadOnlyKeyValueStore } from './read-only-key-value-store.ts';

/** A row as it was from its timestamp on. */
export interface VersionedRecord<V> {
  readonly value: V;
  /** When it came to be, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** When the next version or a delete took its place (not included); null: it is the latest. */
  readonly validTo: number | null;
}

/**
 * A store of versioned rows (KIP-889) over all its partitions at hand, to be read only: for queries, tests and views. By
 * key it reads the latest rows; earlier ones are known as far back as its history goes. Milliseconds since the epoch.
 */
export class ReadOnlyVersionedStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  readonly #partitions: readonly RowVersions<K, V>[];

  constructor(partitions: readonly RowVersions<K, V>[]) {
    super(partitions.map(({ latest }) => latest));
    this.#partitions = partitions;
  }

  /** The row of a key as it was at a time; null where there was none, or where the history does not reach back so far. */
  async getAsOf(key: K, time: number): Promise<VersionedRecord<V> | null> {
    const [version] = await this.#historyOf(key, time, time);
    return version ?? null;
  }

  /** The rows that a key had within a span of time, both ends included, from the first to the last. */
  async *history(key: K, from: number, to: number): AsyncGenerator<VersionedRecord<V>, void> {
    yield* (await this.#historyOf(key, from, to)).toReversed();
  }

  /** As `history`, from the last to the first. */
  async *backwardHistory(key: K, from: number, to: number): AsyncGenerator<VersionedRecord<V>, void> {
    yield* await this.#historyOf(key, from, to);
  }

  async #historyOf(key: K, from: number, to: number): Promise<readonly VersionedRecord<V>[]> {
    const datum = Datum.ofValue(key);
    for (const partition of this.#partitions) {
      const versions = await partition.historyOf(datum, { from, to });
      if (versions.length > 0) {
        return versions.map(({ datum: row, timestamp, validTo }) => ({ value: row.value, timestamp, validTo }));
      }
    }
    return [];
  }
}
