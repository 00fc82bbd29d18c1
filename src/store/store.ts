import type { MaybePromise } from '../core/maybe-promise.ts';
import type { Datum } from '../serde/datum.ts';
import type { Serde } from '../serde/serde.ts';

/** A value with the timestamp of the update that made it. */
export interface TimestampedDatum<V> {
  readonly datum: Datum<V>;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** An entry of a scan. */
export interface StoreEntry<K, V> extends TimestampedDatum<V> {
  readonly key: Datum<K>;
}

/**
 * A key-value store as processors see it: one task's part of it, each value with its timestamp.
 *
 * Reads see every put made before, committed or not. Neither get nor put waits. Keys are never null; a null value deletes.
 */
export interface TimestampedKeyValueStore<K, V> {
  readonly name: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  readonly shape: StoreShape;
  get(key: Datum<K>): TimestampedDatum<V> | null;
  put(key: Datum<K>, value: Datum<V> | null, timestamp: number): void;
  /** All entries whose key bytes start with the prefix, in key order. Not to be mixed with puts to the same store. */
  scanPrefix(prefix: Buffer, options?: { reverse?: boolean }): StoreCursor<K, V>;
  /** All entries from `from` (included) to `to` (included), in key order; either end may be left open. */
  scanRange(from: Datum<K> | null, to: Datum<K> | null, options?: { reverse?: boolean }): StoreCursor<K, V>;
  /** About how many entries there are. */
  approximateEntries(): MaybePromise<number>;
}

/** Reads entries batch by batch; an empty batch is the end. Close it, also when it was not read to the end. */
export interface StoreCursor<K, V> {
  next(): MaybePromise<readonly StoreEntry<K, V>[]>;
  close(): MaybePromise<void>;
}

/** How values of an earlier type of a store become those of the next. */
export interface Migration<Old = any, New = any> {
  /** Reads what earlier programs wrote. */
  readonly from: Serde<Old>;
  /** Makes the new value; null leaves the entry out. Called once for each entry when local state is made anew. */
  readonly to: (old: Old) => New | null;
}

/** What the entries of a store are, and so how it is read. */
export type StoreShape = RowsShape | WindowsShape | VersionsShape;

/** Rows by key. */
export interface RowsShape {
  readonly kind: 'key-value';
}

/** Windows or sessions of keys, by key and time. */
export interface WindowsShape {
  readonly kind: 'window' | 'session';
  /** The store that has them by time; null where they never close. */
  readonly index: string | null;
  /** Whether the index also lists the windows of each key. */
  readonly listed: boolean;
  /** How long the store itself keeps windows, in stream time; null where others remove them, or nobody. */
  readonly retentionMs: number | null;
}

/** The latest row of each key, with earlier ones beside it. */
export interface VersionsShape {
  readonly kind: 'versioned';
  /** The store that has the earlier rows. */
  readonly history: string;
  /** How long before the newest row of all a row may begin, and is known of. */
  readonly historyRetentionMs: number;
}

/** The shape of a store that names none. */
export const ROWS: RowsShape = Object.freeze({ kind: 'key-value' });

/** What a topology says of a store: enough to make it for each task. */
export interface StoreSpec<K = unknown, V = unknown> {
  readonly kind: 'key-value';
  readonly name: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  /** What its entries are; absent, rows. */
  readonly shape?: StoreShape;
  /** Stores that it is kept in too, and which go with it wherever it is named. */
  readonly companions?: readonly StoreSpec<any, any>[];
  /** `memory` keeps it in memory (restored from its changelog at each start); `persistent` in the application's engine. */
  readonly storage: 'persistent' | 'memory';
  /** Whether it is read by prefix or range: its write buffer is then kept in order. */
  readonly scans: boolean;
  /** What its read cache keeps: what was read and what was written (the default), or only what was read by its key. */
  readonly caches?: 'reads and writes' | 'reads';
  /** How many entries it keeps: a new one puts out the one read or written longest ago. Absent, all. Only in memory. */
  readonly maxEntries?: number;
  /** How values of each earlier version became those of the next; the last makes those of now. Absent, there was none. */
  readonly migrations?: readonly Migration[];
  /** Whether its changes go to the changelog topic `<applicationId>-<name>-changelog`. */
  readonly logged: boolean;
  /**
   * How long the changelog keeps records at least, by the wall clock and their timestamps: it is then `compact,delete`.
   * Absent, the last record of each key stays: `compact`.
   */
  readonly changelogRetentionMs?: number;
}
