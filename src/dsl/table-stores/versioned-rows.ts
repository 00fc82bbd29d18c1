import { andThen, type MaybePromise } from '../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import type { ProcessorContext } from '../../processor/processor.ts';
import { Datum } from '../../serde/datum.ts';
import { forEachEntry } from '../../store/for-each-entry.ts';
import { forEachWhile } from '../../store/for-each-while.ts';
import type { StoreEntry, TimestampedDatum, TimestampedKeyValueStore } from '../../store/store.ts';
import type { ValueGetter } from '../table-plan.ts';
import { deletedKey, expiringKey, expiryKey, NEWEST_KEY, versionKey } from './history-key.ts';
import type { TableStore, TableStorePlan } from './table-store.ts';

/** The store of earlier versions; a version is a change to its value. */
type History<V> = TimestampedKeyValueStore<Buffer, Change<V>>;

type Outcome = 'latest' | 'earlier' | 'refused';

/** The stores of a versioned table. */
export interface VersionedStoreNames {
  /** The latest row of each key, as any table's. */
  readonly latest: string;
  readonly history: string;
}

/** A store that knows how rows were up to `historyRetentionMs` before the newest of all. */
export function versionedRows<K, V>(names: VersionedStoreNames, historyRetentionMs: number): TableStorePlan<K, V> {
  const open = (context: ProcessorContext<any>): VersionedRows<K, V> =>
    new VersionedRows(context.store(names.latest), context.store(names.history), historyRetentionMs);
  return { name: names.latest, stores: [names.latest, names.history], versioned: true, open, openStore: open };
}

/**
 * A table's rows with their history (KIP-889): the latest version of each key in one store, earlier ones in another.
 *
 * A version holds from its time to that of the next. The latest version is in `latest`, or, when it is a delete, told by a
 * key of the history; all others are in the history, deletes too. An entry of the history goes when the time at which it
 * surely no longer held is more than the retention before the newest time of all keys.
 */
class VersionedRows<K, V> implements TableStore<K, V>, ValueGetter<K, V> {
  readonly #latest: TimestampedKeyValueStore<K, V>;
  readonly #history: History<V>;
  readonly #retentionMs: number;
  readonly #nothing = Datum.ofValue(new Change<V>(null, null));
  #nextExpiryMs = 0;

  constructor(latest: TimestampedKeyValueStore<K, V>, history: History<V>, retentionMs: number) {
    this.#latest = latest;
    this.#history = history;
    this.#retentionMs = retentionMs;
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    return this.#latest.get(key);
  }

  getAsOf(key: Datum<K>, time: number): MaybePromise<TimestampedDatum<V> | null> {
    const latest = this.#latest.get(key);
    if (latest !== null && latest.timestamp <= time) return latest;
    if (time < this.#newestMs - this.#retentionMs) return null;
    const bytes = key.bytes(this.#latest.keySerde);
    const deletedMs = this.#deletedMs(bytes);
    if (deletedMs !== null && deletedMs <= time) return null;
    let found: StoreEntry<Buffer, Change<V>> | null = null;
    const [from, to] = [Datum.ofValue(versionKey(bytes, 0)), Datum.ofValue(versionKey(bytes, time))];
    const scanned = forEachWhile(this.#history.scanRange(from, to, { reverse: true }), (entry) => {
      found = entry;
      return false;
    });
    return andThen(scanned, () => rowOf(found));
  }

  update(record: ChangeRecord<K, V>, context: ProcessorContext<ChangeRecord<K, V>>): MaybePromise<void> {
    const { keyDatum, change, stamp } = record;
    const outcome = this.#put(keyDatum, change.newValue, stamp.timestamp);
    if (outcome === 'refused') return context.recordDropped('older than the history');
    const forwarded =
      outcome === 'latest'
        ? record
        : new ChangeRecord(keyDatum, new Change(change.newValue, change.oldValue, false), stamp);
    const expired = this.#expire();
    return expired === undefined ? context.forward(forwarded) : expired.then(() => context.forward(forwarded));
  }

  #put(key: Datum<K>, value: Datum<V> | null, time: number): Outcome {
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

  /** The newest time of all keys; −1 with none. Read again each time: others read what the table's maker writes. */
  get #newestMs(): number {
    return this.#history.get(Datum.ofValue(NEWEST_KEY))?.timestamp ?? -1;
  }

  #deletedMs(key: Buffer): number | null {
    return this.#history.get(Datum.ofValue(deletedKey(key)))?.timestamp ?? null;
  }

  /** Keeps an earlier version, which holds until `until` at most. */
  #putVersion(key: Buffer, version: { value: Datum<V> | null; time: number }, until: number): void {
    const at = versionKey(key, version.time);
    this.#history.put(Datum.ofValue(at), Datum.ofValue(new Change(version.value, null)), version.time);
    this.#history.put(Datum.ofValue(expiryKey(until, at)), this.#nothing, version.time);
  }

  #putDeleted(key: Buffer, time: number): void {
    const at = deletedKey(key);
    this.#history.put(Datum.ofValue(at), this.#nothing, time);
    this.#history.put(Datum.ofValue(expiryKey(time, at)), this.#nothing, time);
  }

  #expire(): MaybePromise<void> {
    const before = this.#newestMs - this.#retentionMs;
    if (before < this.#nextExpiryMs) return;
    this.#nextExpiryMs = before + Math.max(1, Math.floor(this.#retentionMs / 2));
    const [from, to] = [Datum.ofValue(expiryKey(0)), Datum.ofValue(expiryKey(before))];
    return forEachEntry(this.#history.scanRange(from, to), (entry) => {
      const expiring = Datum.ofValue(expiringKey(entry.key.value));
      // A key deleted again since has another time, and another entry for it.
      const kept = this.#history.get(expiring);
      if (kept !== null && kept.timestamp < before) this.#history.put(expiring, null, before);
      this.#history.put(entry.key, null, before);
    });
  }
}

function rowOf<V>(entry: StoreEntry<Buffer, Change<V>> | null): TimestampedDatum<V> | null {
  const datum = entry === null ? null : entry.datum.value.newValue;
  return entry === null || datum === null ? null : { datum, timestamp: entry.timestamp };
}
