import type { Headers } from '../core/headers.ts';
import type { Stamp } from '../core/stamp.ts';
import type { Datum } from '../serde/datum.ts';

/**
 * What happened to one key of a table: its new value and, where somebody downstream asked for it, the one before.
 * A null new value deletes. The old value is null also where nobody asked.
 */
export class Change<V> {
  readonly newValue: Datum<V> | null;
  readonly oldValue: Datum<V> | null;
  /** False for a change of the past of a versioned table: a later version of the row is known already. */
  readonly isLatest: boolean;

  constructor(newValue: Datum<V> | null, oldValue: Datum<V> | null, isLatest = true) {
    this.newValue = newValue;
    this.oldValue = oldValue;
    this.isLatest = isLatest;
  }
}

/** An update of a table on its way through a topology. The key is never null. Immutable. */
export class ChangeRecord<K, V> {
  readonly keyDatum: Datum<K>;
  readonly change: Change<V>;
  readonly stamp: Stamp;

  constructor(keyDatum: Datum<K>, change: Change<V>, stamp: Stamp) {
    this.keyDatum = keyDatum;
    this.change = change;
    this.stamp = stamp;
  }

  get key(): K {
    return this.keyDatum.value;
  }

  /** Milliseconds since the epoch. */
  get timestamp(): number {
    return this.stamp.timestamp;
  }

  get headers(): Headers {
    return this.stamp.headers;
  }
}
