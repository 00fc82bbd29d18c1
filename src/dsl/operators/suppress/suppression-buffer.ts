import { andThen, type MaybePromise } from '../../../core/maybe-promise.ts';
import { Change, type ChangeRecord } from '../../../processor/change-record.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import { readTime, timeBytes, TIME_BYTES } from '../../../serde/time-bytes.ts';
import { forEachWhile } from '../../../store/for-each-while.ts';
import type { StoreEntry, TimestampedKeyValueStore } from '../../../store/store.ts';
import { Marker } from '../../../store/marker.ts';
import type { Suppressed } from './suppressed-serde.ts';

/** The names of the stores of a buffer. */
export interface SuppressionStores {
  /** Updates by time and key. */
  readonly updates: string;
  /** The time of each key that is held back, and markers. */
  readonly times: string;
}

/** Takes an update out; false ends that. */
export type Release<K, V> = (update: HeldUpdate<K, V>) => MaybePromise<void> | false;

/** An update that was held back. */
export interface HeldUpdate<K, V> {
  readonly time: number;
  readonly key: Datum<K>;
  readonly suppressed: Suppressed<V>;
  /** The timestamp of the latest update. */
  readonly timestamp: number;
}

const KEYS = Buffer.of(0);
/** How far ahead to look for the next update, so that the times between need no look: in milliseconds. */
const LOOKAHEAD_MS = 1000;

/**
 * The updates that a `suppress` holds back, in order of time, then key bytes; one for each key, which keeps the place of its
 * first. All of it is in changelogged stores, stream time and size included.
 */
export class SuppressionBuffer<K, V> {
  readonly #keySerde: Serde<K>;
  readonly #updates: TimestampedKeyValueStore<Buffer, Suppressed<V>>;
  readonly #times: TimestampedKeyValueStore<Buffer, readonly number[]>;
  readonly #streamTime: Marker;
  readonly #size: Marker;
  /** No update has a time before. */
  #earliest = 0;

  constructor(context: ProcessorContext<never>, { updates, times }: SuppressionStores, keySerde: Serde<K>) {
    this.#keySerde = keySerde;
    this.#updates = context.store(updates);
    this.#times = context.store(times);
    this.#streamTime = new Marker(this.#times, 0);
    this.#size = new Marker(this.#times, 1);
  }

  /** How many updates it holds. */
  get size(): number {
    return Math.max(0, this.#size.value);
  }

  /** The largest time it has taken note of; −1 before the first. */
  get streamTime(): number {
    return this.#streamTime.value;
  }

  /** Takes note of a record's time, and returns the stream time. */
  observe(timestamp: number): number {
    if (timestamp > this.#streamTime.value) this.#streamTime.set(timestamp, timestamp);
    return this.#streamTime.value;
  }

  /** The update of a key; null where none is held back. */
  get(key: Datum<K>): Suppressed<V> | null {
    const bytes = key.bytes(this.#keySerde);
    const time = this.#times.get(timeKey(bytes));
    return time === null
      ? null
      : (this.#updates.get(updateKey(time.datum.value[0] as number, bytes))?.datum.value ?? null);
  }

  /** Holds an update back: in the place of the one of its key, or else at this time. */
  put({ keyDatum, change, stamp }: ChangeRecord<K, V>, time: number): void {
    const bytes = keyDatum.bytes(this.#keySerde);
    const known = this.#times.get(timeKey(bytes));
    const at = updateKey(known === null ? time : (known.datum.value[0] as number), bytes);
    const held = known === null ? null : this.#updates.get(at);
    const oldValue = held === null ? change.oldValue : held.datum.value.change.oldValue;
    const suppressed = { change: new Change(change.newValue, oldValue), headers: stamp.headers };
    this.#updates.put(at, Datum.ofValue(suppressed), stamp.timestamp);
    if (known !== null) return;
    this.#times.put(timeKey(bytes), Datum.ofValue([time]), stamp.timestamp);
    this.#resize(1);
    if (time < this.#earliest) this.#earliest = time;
  }

  /** Releases the updates up to a time, in order. */
  releaseUpTo(upTo: number, release: Release<K, V>): MaybePromise<void> {
    if (upTo < this.#earliest) return;
    const limit = upTo + LOOKAHEAD_MS;
    return this.#release(limit, (update) => (update.time > upTo ? false : release(update)));
  }

  /** Releases so many updates, the first ones. */
  releaseFirst(count: number, release: Release<K, V>): MaybePromise<void> {
    let left = count;
    return this.#release(null, (update) => (left-- > 0 ? release(update) : false));
  }

  #release(limit: number | null, release: Release<K, V>): MaybePromise<void> {
    const released: { key: Buffer; time: number }[] = [];
    let next = limit === null ? Infinity : limit + 1;
    const from = Datum.ofBytes(timeBytes(this.#earliest), this.#updates.keySerde);
    const to = limit === null ? null : Datum.ofBytes(timeBytes(limit + 1), this.#updates.keySerde);
    const scanned = forEachWhile(this.#updates.scanRange(from, to), (entry) => {
      const update = this.#heldUpdate(entry);
      const pending = release(update);
      if (pending === false) next = Math.min(next, update.time);
      else released.push({ key: entry.key.value, time: update.time });
      return pending;
    });
    // A store is not changed while it is scanned.
    return andThen(scanned, () => {
      if (next !== Infinity) this.#earliest = next;
      for (const { key } of released) this.#remove(key);
    });
  }

  #heldUpdate({ key, datum, timestamp }: StoreEntry<Buffer, Suppressed<V>>): HeldUpdate<K, V> {
    const bytes = key.value;
    return {
      time: readTime(bytes, 0),
      key: Datum.ofBytes(bytes.subarray(TIME_BYTES), this.#keySerde),
      suppressed: datum.value,
      timestamp,
    };
  }

  #remove(updateKeyBytes: Buffer): void {
    const at = this.#streamTime.value;
    this.#updates.put(Datum.ofBytes(updateKeyBytes, this.#updates.keySerde), null, at);
    this.#times.put(timeKey(updateKeyBytes.subarray(TIME_BYTES)), null, at);
    this.#resize(-1);
  }

  #resize(by: number): void {
    this.#size.set(this.size + by, this.#streamTime.value);
  }
}

function timeKey(key: Buffer): Datum<Buffer> {
  return Datum.ofValue(Buffer.concat([KEYS, key]));
}

function updateKey(time: number, key: Buffer): Datum<Buffer> {
  return Datum.ofValue(Buffer.concat([timeBytes(time), key]));
}
