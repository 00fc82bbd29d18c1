import { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import { mergePartitions } from './merge-partitions.ts';
import type { StoreCursor, TimestampedKeyValueStore } from '../store.ts';

/** An entry as queries see it. */
export interface KeyValueTimestamp<K, V> {
  readonly key: K;
  readonly value: V;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/**
 * A store's plain values over all its partitions at hand, to be read only: for queries, tests and views.
 *
 * The names are those of Kafka Streams' `ReadOnlyKeyValueStore`. A key is in one partition. Scans give the entries of all
 * partitions in one order, that of the key bytes; each partition is seen as it was when the scan began. A `for await`
 * that is left early closes what it had open.
 */
export class ReadOnlyKeyValueStore<K, V> {
  readonly #partitions: readonly TimestampedKeyValueStore<K, V>[];

  constructor(partitions: readonly TimestampedKeyValueStore<K, V>[]) {
    this.#partitions = partitions;
  }

  /** The value of a key, or null. */
  get(key: K): V | null {
    return this.getWithTimestamp(key)?.value ?? null;
  }

  /** The value of a key with the timestamp of the update that made it, or null. */
  getWithTimestamp(key: K): KeyValueTimestamp<K, V> | null {
    const datum = Datum.ofValue(key);
    for (const partition of this.#partitions) {
      const stored = partition.get(datum);
      if (stored !== null) return { key, value: stored.datum.value, timestamp: stored.timestamp };
    }
    return null;
  }

  /** All entries. */
  all(): AsyncIterable<KeyValueTimestamp<K, V>> {
    return this.range(null, null);
  }

  /** The entries from one key to another, both included; null leaves that end open. */
  range(from: K | null, to: K | null): AsyncIterable<KeyValueTimestamp<K, V>> {
    return this.#scan((partition) => partition.scanRange(datumOf(from), datumOf(to)), false);
  }

  /** As `range`, from its last entry to its first. */
  reverseRange(from: K | null, to: K | null): AsyncIterable<KeyValueTimestamp<K, V>> {
    return this.#scan((partition) => partition.scanRange(datumOf(from), datumOf(to), { reverse: true }), true);
  }

  /** All entries, from the last to the first. */
  reverseAll(): AsyncIterable<KeyValueTimestamp<K, V>> {
    return this.reverseRange(null, null);
  }

  /** The entries whose key bytes start with those of the prefix. */
  prefixScan<P>(prefix: P, prefixSerde: Serde<P>): AsyncIterable<KeyValueTimestamp<K, V>> {
    return this.#scan((partition) => partition.scanPrefix(prefixSerde.serialize(prefix)), false);
  }

  /** As `prefixScan`, from its last entry to its first. */
  reversePrefixScan<P>(prefix: P, prefixSerde: Serde<P>): AsyncIterable<KeyValueTimestamp<K, V>> {
    return this.#scan((partition) => partition.scanPrefix(prefixSerde.serialize(prefix), { reverse: true }), true);
  }

  /** About how many entries there are. */
  async approximateNumEntries(): Promise<number> {
    let entries = 0;
    for (const partition of this.#partitions) entries += await partition.approximateEntries();
    return entries;
  }

  async *#scan(
    open: (partition: TimestampedKeyValueStore<K, V>) => StoreCursor<K, V>,
    reverse: boolean,
  ): AsyncGenerator<KeyValueTimestamp<K, V>, void> {
    const scans = this.#partitions.map((partition) => ({
      partition,
      keySerde: partition.keySerde,
      cursor: open(partition),
    }));
    for await (const { entry } of mergePartitions(scans, reverse)) {
      yield { key: entry.key.value, value: entry.datum.value, timestamp: entry.timestamp };
    }
  }
}

function datumOf<K>(key: K | null): Datum<K> | null {
  return key === null ? null : Datum.ofValue(key);
}
