import { andThen, type MaybePromise } from '../../core/maybe-promise.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { Datum } from '../../serde/datum.ts';
import { readTime, TIME_BYTES } from '../../serde/time-bytes.ts';
import { forEachEntry } from '../for-each-entry.ts';
import { forEachWhile } from '../for-each-while.ts';
import type { StoreEntry, TimestampedDatum, TimestampedKeyValueStore, VersionsShape } from '../store.ts';
import { deletedKey, expiringKey, expiryKey, NEWEST_KEY, versionKey } from './history-key.ts';
import type { Version } from './version-serde.ts';

/** The store of earlier versions. */
export type History<V> = TimestampedKeyValueStore<Buffer, Version<V>>;

/** What became of a put: the latest row of its key, an earlier one, or it was older than the history. */
export type PutOutcome = 'latest' | 'earlier' | 'refused';

/** A row and how long it was there: from its timestamp on, up to `validTo` (not included); null: it still is. */
export interface DatedVersion<V> extends TimestampedDatum<V> {
  readonly validTo: number | null;
}

/**
 * One task's rows with their history (KIP-889): the latest version of each key in one store, earlier ones in another.
 *
 * A version holds from its time to that of the next. The latest version is in `latest`, or, when it is a delete, told by a
 * key of the history; all others are in the history, deletes too. An entry of the history goes when the time at which it
 * surely no longer held is more than the retention before the newest time of all keys.
 */
export class RowVersions<K, V> {
  readonly #latest: TimestampedKeyValueStore<K, V>;
  readonly #history: History<V>;
  readonly #retentionMs: number;
  readonly #nothing = Datum.ofValue<Version<V>>({ datum: null });
  #nextExpiryMs = 0;

  /** `storeOf` finds the history by its name. Throws RUNTIME_STORE_KIND for a store that has no versions. */
  constructor(latest: TimestampedKeyValueStore<K, V>, storeOf: (name: string) => History<V>) {
    const { history, historyRetentionMs } = versionsShapeOf(latest);
    this.#latest = latest;
    this.#history = storeOf(history);
    this.#retentionMs = historyRetentionMs;
  }

  /** The store of the latest rows. */
  get latest(): TimestampedKeyValueStore<K, V> {
    return this.#latest;
  }

  /** The latest row of a key, or null. */
  get(key: Datum<K>): TimestampedDatum<V> | null {
    return this.#latest.get(key);
  }

  /** The row of a key as it was at a time, or null: also where that is not known any more. */
  getAsOf(key: Datum<K>, time: number): MaybePromise<TimestampedDatum<V> | null> {
    const latest = this.#latest.get(key);
    if (latest !== null && latest.timestamp <= time) return latest;
    if (time < this.#newestMs - this.#retentionMs) return null;
    const bytes = key.bytes(this.#latest.keySerde);
    const deletedMs = this.#deletedMs(bytes);
    if (deletedMs !== null && deletedMs <= time) return null;
    let found: StoreEntry<Buffer, Version<V>> | null = null;
    const scanned = forEachWhile(this.#versions(bytes, { from: 0, to: time, reverse: true }), (entry) => {
      found = entry;
      return false;
    });
    return andThen(scanned, () => rowOf(found));
  }

  /** The rows that a key had within a span of time (both ends included) as far as known, the latest first. */
  async historyOf(key: Datum<K>, { from, to }: { from: number; to: number }): Promise<readonly DatedVersion<V>[]> {
    const bytes = key.bytes(this.#latest.keySerde);
    const known = Math.max(from, this.#newestMs - this.#retentionMs);
    const latest = this.#latest.get(key);
    const found: DatedVersion<V>[] = [];
    if (latest !== null && latest.timestamp <= to) found.push({ ...latest, validTo: null });
    let validTo = latest?.timestamp ?? this.#deletedMs(bytes);
    if (validTo === null || validTo <= known) return found;
    await forEachWhile(this.#versions(bytes, { from: 0, to: validTo, reverse: true }), ({ key: at, datum }) => {
      const time = readTime(at.value, at.value.length - TIME_BYTES);
      const row = datum.value.datum;
      if (row !== null && time <= to) found.push({ datum: row, timestamp: time, validTo });
      validTo = time;
      return time > known ? undefined : false;
    });
    return found;
  }

  /** Puts a row, or its deletion (null), as of a time. */
  put(key: Datum<K>, value: Datum<V> | null, time: number): PutOutcome {
    const newestMs = this.#newestMs;
    if (time < newestMs - this.#retentionMs) return 'refused';
    if (time > newestMs) this.#history.put(Datum.ofValue(NEWEST_KEY), this.#nothing, time);
    const bytes = key.bytes(this.#latest.keySerde);
    const latest = this.#latest.get(key);
    const deletedMs = latest === null ? this.#deletedMs(bytes) : null;
    const latestMs = latest?.timestamp ?? deletedMs;
    if (latestMs !== null && time < latestMs) {
      this.#putVersion(bytes, { value, time }, latestMs);
      return 'earlier';
    }
    if (latestMs !== null && time > latestMs) {
      this.#putVersion(bytes, { value: latest?.datum ?? null, time: latestMs }, time);
    }
    this.#latest.put(key, value, time);
    if (value === null) this.#putDeleted(bytes, time);
    else if (deletedMs !== null) this.#history.put(Datum.ofValue(deletedKey(bytes)), null, time);
    return 'latest';
  }

  /** How often `expire` has something to do, in the time of rows. */
  get sweepIntervalMs(): number {
    return Math.max(1, Math.floor(this.#retentionMs / 2));
  }

  /** Removes what is older than the history, now and then. */
  expire(): MaybePromise<void> {
    const before = this.#newestMs - this.#retentionMs;
    if (before < this.#nextExpiryMs) return;
    this.#nextExpiryMs = before + this.sweepIntervalMs;
    const [from, to] = [Datum.ofValue(expiryKey(0)), Datum.ofValue(expiryKey(before))];
    return forEachEntry(this.#history.scanRange(from, to), (entry) => {
      const expiring = Datum.ofValue(expiringKey(entry.key.value));
      // A key deleted again since has another time, and another entry for it.
      const kept = this.#history.get(expiring);
      if (kept !== null && kept.timestamp < before) this.#history.put(expiring, null, before);
      this.#history.put(entry.key, null, before);
    });
  }

  /** The newest time of all keys; −1 with none. Read again each time: others read what the table's maker writes. */
  get #newestMs(): number {
    return this.#history.get(Datum.ofValue(NEWEST_KEY))?.timestamp ?? -1;
  }

  #deletedMs(key: Buffer): number | null {
    return this.#history.get(Datum.ofValue(deletedKey(key)))?.timestamp ?? null;
  }

  #versions(
    key: Buffer,
    { from, to, reverse }: { from: number; to: number; reverse: boolean },
  ): ReturnType<History<V>['scanRange']> {
    const [first, last] = [Datum.ofValue(versionKey(key, from)), Datum.ofValue(versionKey(key, to))];
    return this.#history.scanRange(first, last, { reverse });
  }

  /** Keeps an earlier version, which holds until `until` at most. */
  #putVersion(key: Buffer, version: { value: Datum<V> | null; time: number }, until: number): void {
    const at = versionKey(key, version.time);
    this.#history.put(Datum.ofValue(at), Datum.ofValue({ datum: version.value }), version.time);
    this.#history.put(Datum.ofValue(expiryKey(until, at)), this.#nothing, version.time);
  }

  #putDeleted(key: Buffer, time: number): void {
    const at = deletedKey(key);
    this.#history.put(Datum.ofValue(at), this.#nothing, time);
    this.#history.put(Datum.ofValue(expiryKey(time, at)), this.#nothing, time);
  }
}

function versionsShapeOf({ name, shape }: TimestampedKeyValueStore<any, any>): VersionsShape {
  if (shape.kind === 'versioned') return shape;
  throw new MillraceError(
    'RUNTIME_STORE_KIND',
    `Expected "${name}" to be a store of versioned rows, got ${shape.kind} entries`,
  );
}

function rowOf<V>(entry: StoreEntry<Buffer, Version<V>> | null): TimestampedDatum<V> | null {
  const datum = entry === null ? null : entry.datum.value.datum;
  return entry === null || datum === null ? null : { datum, timestamp: entry.timestamp };
}
