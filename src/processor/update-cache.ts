import { forEachInOrder, type MaybePromise } from '../core/maybe-promise.ts';
import type { Datum } from '../serde/datum.ts';
import type { TimestampedDatum, TimestampedKeyValueStore } from '../store/store.ts';
import { Change, ChangeRecord } from './change-record.ts';

/** What the caches of a thread share: how much they may hold back together. */
export interface CacheBudget {
  readonly limitBytes: number;
  usedBytes: number;
}

/** What became of a key since its last update was forwarded. */
interface HeldUpdate<K, V> {
  readonly latest: ChangeRecord<K, V>;
  /** The row as those downstream know it. */
  readonly before: TimestampedDatum<V> | null;
  /** The same as the first update has it: null also where nobody asked. */
  readonly oldValue: Datum<V> | null;
  readonly bytes: number;
}

/** What an entry costs beside its key and values: the map slot, the objects. */
const ENTRY_OVERHEAD_BYTES = 200;
/** The guess at the size of a value that has no bytes. */
const VALUE_BYTES = 100;

/**
 * Updates of a table that are kept but not forwarded yet: of each key only the last, with the old value of the first. A key
 * that was not there before and is not now has none. What Kafka Streams' record cache does to what is emitted.
 */
export class UpdateCache<K, V> {
  readonly #store: TimestampedKeyValueStore<K, V>;
  readonly #budget: CacheBudget;
  /** By the key's bytes, in the order of the last updates. */
  readonly #held = new Map<string, HeldUpdate<K, V>>();

  constructor(store: TimestampedKeyValueStore<K, V>, budget: CacheBudget) {
    this.#store = store;
    this.#budget = budget;
  }

  /** How many keys have an update held back. */
  get size(): number {
    return this.#held.size;
  }

  /** Whether the caches that share the budget hold more than that. */
  get overBudget(): boolean {
    return this.#budget.usedBytes > this.#budget.limitBytes;
  }

  /** Puts the new value into the store and holds the update back. */
  hold(latest: ChangeRecord<K, V>): void {
    const { keyDatum, change, timestamp } = latest;
    const held = this.#held.get(this.#idOf(keyDatum));
    this.note(latest, held === undefined ? this.#store.get(keyDatum) : held.before);
    this.#store.put(keyDatum, change.newValue, timestamp);
  }

  /** Holds an update back whose new value is in the store already; `before` is the row that was there, or null. */
  note(latest: ChangeRecord<K, V>, before: TimestampedDatum<V> | null): void {
    const { keyDatum, change } = latest;
    const id = this.#idOf(keyDatum);
    const held = this.#held.get(id);
    const first = held === undefined ? before : held.before;
    const oldValue = held === undefined ? change.oldValue : held.oldValue;
    const bytes = id.length + ENTRY_OVERHEAD_BYTES + sizeOf(change.newValue) + sizeOf(first?.datum ?? null);
    this.#budget.usedBytes += bytes - (held?.bytes ?? 0);
    if (held !== undefined) this.#held.delete(id);
    this.#held.set(id, { latest, before: first, oldValue, bytes });
  }

  /** The row of a key as it was last forwarded. */
  forwarded(key: Datum<K>): TimestampedDatum<V> | null {
    const held = this.#held.size === 0 ? undefined : this.#held.get(this.#idOf(key));
    return held === undefined ? this.#store.get(key) : held.before;
  }

  /** Forwards what is held back, in the order of the last updates; each is forwarded for readers as soon as it is its turn. */
  flush(forward: (record: ChangeRecord<K, V>) => MaybePromise<void>): MaybePromise<void> {
    return forEachInOrder([...this.#held.keys()], (id) => {
      const held = this.#held.get(id);
      if (held === undefined) return;
      this.#held.delete(id);
      this.#budget.usedBytes -= held.bytes;
      const { keyDatum, change, stamp } = held.latest;
      if (change.newValue === null && held.before === null) return;
      return forward(new ChangeRecord(keyDatum, new Change(change.newValue, held.oldValue), stamp));
    });
  }

  #idOf(key: Datum<K>): string {
    return key.bytes(this.#store.keySerde).toString('latin1');
  }
}

function sizeOf(datum: Datum<unknown> | null): number {
  return datum === null ? 0 : (datum.knownLength ?? VALUE_BYTES);
}
