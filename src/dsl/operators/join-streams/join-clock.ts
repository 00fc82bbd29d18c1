import { Datum } from '../../../serde/datum.ts';
import { json } from '../../../serde/json-serde.ts';
import { string } from '../../../serde/string-serde.ts';
import type { TimestampedKeyValueStore } from '../../../store/store.ts';

interface JoinTimes {
  readonly streamTimeMs: number;
  readonly newestLeftMs: number;
  readonly newestRightMs: number;
  readonly parkedMs: number | null;
}

const KEY = Datum.ofValue('times');

/** The serdes of the store that a clock is kept in. */
export const joinClockSerdes = { keySerde: string(), valueSerde: json<JoinTimes>() };

/**
 * What both sides of a join know of time in one task. Kept in a store, so that it survives a restart: Kafka Streams begins
 * anew there, and parked records then wait for the next one to be parked.
 */
export class JoinClock {
  /** The largest timestamp of either side; −1 before the first record. */
  streamTimeMs = -1;
  /** The newest timestamp kept of the left side; −1: none. */
  newestLeftMs = -1;
  /** The newest timestamp kept of the right side; −1: none. */
  newestRightMs = -1;
  /** The time up to which parked records have been looked at; null with none parked. */
  parkedMs: number | null = null;
  readonly #store: TimestampedKeyValueStore<string, JoinTimes>;

  constructor(store: TimestampedKeyValueStore<string, JoinTimes>) {
    this.#store = store;
  }

  /** Takes over what the other side has saved. */
  load(): void {
    const times = this.#store.get(KEY)?.datum.value;
    if (times === undefined) return;
    this.streamTimeMs = times.streamTimeMs;
    this.newestLeftMs = times.newestLeftMs;
    this.newestRightMs = times.newestRightMs;
    this.parkedMs = times.parkedMs;
  }

  /** Keeps it for the other side and for a restart. */
  save(): void {
    const { streamTimeMs, newestLeftMs, newestRightMs, parkedMs } = this;
    const times = { streamTimeMs, newestLeftMs, newestRightMs, parkedMs };
    this.#store.put(KEY, Datum.ofValue(times), streamTimeMs);
  }
}
