import { andThen, type MaybePromise } from '../../../core/maybe-promise.ts';
import { Change, type ChangeRecord } from '../../../processor/change-record.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import { timeBytes, TIME_BYTES } from '../../../serde/time-bytes.ts';
import type { OldValues } from '../../dsl-context.ts';
import { DueKeys } from '../../../store/due-keys.ts';
import { forEachEntry } from '../../../store/for-each-entry.ts';
import type { TimestampedDatum, TimestampedKeyValueStore } from '../../../store/store.ts';
import { Marker } from '../../../store/marker.ts';
import type { Suppressed } from './suppressed-serde.ts';

/** The names of the stores of a buffer. */
export interface SuppressionStores {
  /** Updates by time and key. */
  readonly updates: string;
  /** The time of each key that is held back, and markers. */
  readonly times: string;
}

/** Does with an update what is to be done when it is no longer held back. */
export type Release<K, V> = (update: HeldUpdate<K, V>) => MaybePromise<void>;

/** An update that was held back. */
export interface HeldUpdate<K, V> {
  readonly key: Datum<K>;
  readonly suppressed: Suppressed<V>;
  /** The timestamp of the latest update. */
  readonly timestamp: number;
}

const KEYS = Buffer.of(0);

/**
 * The updates that a `suppress` holds back, in order of time, then key bytes; one for each key, which keeps the place of its
 * first. All of it is in changelogged stores, stream time and size included.
 */
export class SuppressionBuffer<K, V> {
  readonly #keySerde: Serde<K>;
  readonly #oldValues: OldValues;
  readonly #updates: TimestampedKeyValueStore<Buffer, Suppressed<V>>;
  readonly #times: TimestampedKeyValueStore<Buffer, readonly number[]>;
  readonly #streamTime: Marker;
  readonly #size: Marker;
  /** How many bytes it holds; −1 while nobody counts them. */
  readonly #bytes: Marker;
  #countsBytes = false;
  readonly #due: DueKeys;

  constructor(
    context: ProcessorContext<never>,
    { updates, times }: SuppressionStores,
    { keySerde, oldValues }: { readonly keySerde: Serde<K>; readonly oldValues: OldValues },
  ) {
    this.#keySerde = keySerde;
    this.#oldValues = oldValues;
    this.#updates = context.store(updates);
    this.#times = context.store(times);
    this.#streamTime = new Marker(this.#times, 0);
    this.#size = new Marker(this.#times, 1);
    this.#bytes = new Marker(this.#times, 2);
    const { keySerde: updateKeys } = this.#updates;
    this.#due = new DueKeys((from) => this.#updates.scanRange(Datum.ofBytes(timeBytes(from), updateKeys), null), -1);
  }

  /** How many updates it holds. */
  get size(): number {
    return Math.max(0, this.#size.value);
  }

  /** How many bytes its updates take, keys included, as their store has them; 0 unless they are counted. */
  get bytes(): number {
    return Math.max(0, this.#bytes.value);
  }

  /** Begins to count bytes, those of what it holds from earlier runs too, or leaves it. Call it before the first record. */
  countBytes(counts: boolean): MaybePromise<void> {
    this.#countsBytes = counts;
    if (counts === this.#bytes.value >= 0) return;
    this.#bytes.set(counts ? 0 : -1, this.streamTime);
    if (!counts || this.size === 0) return;
    return forEachEntry(this.#updates.scanRange(null, null), ({ key, datum }) => this.#grow(this.#bytesOf(key, datum)));
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
    const priorValue = held === null ? change.oldValue : held.datum.value.priorValue;
    const oldValue = this.#oldValues === 'exact' ? priorValue : change.oldValue;
    const next = { change: new Change(change.newValue, oldValue), priorValue, headers: stamp.headers };
    const suppressed = Datum.ofValue(next);
    if (this.#countsBytes) {
      this.#grow(this.#bytesOf(at, suppressed) - (held === null ? 0 : this.#bytesOf(at, held.datum)));
    }
    this.#updates.put(at, suppressed, stamp.timestamp);
    if (known !== null) return;
    this.#times.put(timeKey(bytes), Datum.ofValue([time]), stamp.timestamp);
    this.#resize(1);
    this.#due.add(at.value);
  }

  /** Releases the updates up to a time, in order. */
  releaseUpTo(upTo: number, release: Release<K, V>): MaybePromise<void> {
    if (!this.#due.mayHave(upTo)) return;
    return this.#release((step) => this.#due.takeUpTo(upTo, step), release);
  }

  /** Releases so many updates, the first ones. */
  releaseFirst(count: number, release: Release<K, V>): MaybePromise<void> {
    return this.#release((step) => this.#due.takeFirst(count, step), release);
  }

  #release(
    take: (step: (key: Buffer) => MaybePromise<void>) => MaybePromise<void>,
    release: Release<K, V>,
  ): MaybePromise<void> {
    const released: Buffer[] = [];
    const taken = take((key) => {
      released.push(key);
      return release(this.#heldUpdate(key));
    });
    // A store is not changed while it is scanned.
    return andThen(taken, () => {
      for (const key of released) this.#remove(key);
    });
  }

  #heldUpdate(updateKeyBytes: Buffer): HeldUpdate<K, V> {
    const stored = this.#updates.get(Datum.ofBytes(updateKeyBytes, this.#updates.keySerde));
    const { datum, timestamp } = stored as TimestampedDatum<Suppressed<V>>;
    const key = Datum.ofBytes(updateKeyBytes.subarray(TIME_BYTES), this.#keySerde);
    return { key, suppressed: datum.value, timestamp };
  }

  #remove(updateKeyBytes: Buffer): void {
    const at = this.#streamTime.value;
    const key = Datum.ofBytes(updateKeyBytes, this.#updates.keySerde);
    if (this.#countsBytes) {
      const held = this.#updates.get(key) as TimestampedDatum<Suppressed<V>>;
      this.#grow(-this.#bytesOf(key, held.datum));
    }
    this.#updates.put(key, null, at);
    this.#times.put(timeKey(updateKeyBytes.subarray(TIME_BYTES)), null, at);
    this.#resize(-1);
  }

  #bytesOf(key: Datum<Buffer>, suppressed: Datum<Suppressed<V>>): number {
    const { keySerde, valueSerde } = this.#updates;
    return key.bytes(keySerde).length + suppressed.bytes(valueSerde).length;
  }

  #grow(by: number): void {
    this.#bytes.set(this.bytes + by, this.streamTime);
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
