import type { MaybePromise } from '../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import type { ProcessorContext } from '../../processor/processor.ts';
import type { Datum } from '../../serde/datum.ts';
import type { TimestampedDatum } from '../../store/store.ts';
import { RowVersions } from '../../store/versioned/row-versions.ts';
import type { ValueGetter } from '../table-plan.ts';
import type { TableStore, TableStorePlan } from './table-store.ts';

/** The stores of a versioned table. */
export interface VersionedStoreNames {
  /** The latest row of each key, as any table's. */
  readonly latest: string;
  readonly history: string;
}

/** A store that knows how rows were for a time before the newest of all. */
export function versionedRows<K, V>(names: VersionedStoreNames): TableStorePlan<K, V> {
  const open = (context: ProcessorContext<any>): VersionedRows<K, V> =>
    new VersionedRows(new RowVersions<K, V>(context.store(names.latest), (name) => context.store(name)));
  return { name: names.latest, stores: [names.latest, names.history], versioned: true, open, openStore: open };
}

/** The rows of a table with their history. What is older than that is refused, and not forwarded. */
class VersionedRows<K, V> implements TableStore<K, V>, ValueGetter<K, V> {
  readonly #versions: RowVersions<K, V>;

  constructor(versions: RowVersions<K, V>) {
    this.#versions = versions;
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    return this.#versions.get(key);
  }

  getAsOf(key: Datum<K>, time: number): MaybePromise<TimestampedDatum<V> | null> {
    return this.#versions.getAsOf(key, time);
  }

  update(record: ChangeRecord<K, V>, context: ProcessorContext<ChangeRecord<K, V>>): MaybePromise<void> {
    const { keyDatum, change, stamp } = record;
    const outcome = this.#versions.put(keyDatum, change.newValue, stamp.timestamp);
    if (outcome === 'refused') return context.recordDropped('older than the history');
    const forwarded =
      outcome === 'latest'
        ? record
        : new ChangeRecord(keyDatum, new Change(change.newValue, change.oldValue, false), stamp);
    const expired = this.#versions.expire();
    return expired === undefined ? context.forward(forwarded) : expired.then(() => context.forward(forwarded));
  }
}
