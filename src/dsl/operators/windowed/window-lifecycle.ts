import { type Headers, NO_HEADERS } from '../../../core/headers.ts';
import { andThen, type MaybePromise } from '../../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../../processor/change-record.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import type { Datum } from '../../../serde/datum.ts';
import { readTime } from '../../../serde/time-bytes.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import { forEachWhile } from '../../../store/for-each-while.ts';
import type { Marker } from '../../../store/marker.ts';
import type { IndexedWindows } from '../../../store/indexed-windows.ts';
import { IdleClock } from '../../windows/idle-clock.ts';

/** When windows close and go. The time of a window is its start; of a session, its end. */
export interface LifecycleRules {
  /** A window is closed when its time is at most stream time minus this. */
  readonly closeLagMs: number;
  /** A window is removed some time after its time is less than stream time minus this: the lag at least. */
  readonly retentionMs: number;
  readonly emitsOnClose: boolean;
  /** Without records for so long, windows close by the wall clock; null: never. */
  readonly idleMs: number | null;
}

/** What a lifecycle works with in one task. */
export interface LifecycleParts<K, A> {
  readonly store: IndexedWindows<K, A>;
  readonly context: ProcessorContext<ChangeRecord<Windowed<K>, A>>;
  readonly streamTime: Marker;
  /** Up to which time windows have been emitted. */
  readonly emittedTo: Marker;
  /** The stream times of the other inputs that must have passed a window too before it goes. */
  readonly otherInputs: readonly Marker[];
}

/** Windows that expire are removed together, about so many times in a retention. */
const SWEEPS_PER_RETENTION = 8;

/**
 * The ends of windows: keeps the stream time, emits each window once when it closes, and removes it when it can neither
 * change nor be emitted any more. All of it is in the stores, so that a restart changes nothing.
 */
export class WindowLifecycle<K, A> {
  readonly emitsOnClose: boolean;
  readonly #rules: LifecycleRules;
  readonly #parts: LifecycleParts<K, A>;
  #nextSweep = 1;
  readonly #idleClock: IdleClock | null;
  /** The largest timestamp of a record, as far as known: stream time may have gone on since. */
  #recordTime: number;

  constructor(rules: LifecycleRules, parts: LifecycleParts<K, A>) {
    this.emitsOnClose = rules.emitsOnClose;
    this.#rules = rules;
    this.#parts = parts;
    this.#recordTime = parts.streamTime.value;
    const { idleMs } = rules;
    this.#idleClock =
      idleMs === null ? null : new IdleClock(parts.context, idleMs, (elapsedMs) => this.#closeIdle(elapsedMs));
    if (rules.emitsOnClose) parts.store.trackDue(parts.emittedTo.value);
  }

  /** Takes note of a record's time, and returns the stream time. */
  observe(timestamp: number): number {
    const { streamTime } = this.#parts;
    if (this.#idleClock !== null) {
      this.#idleClock.record();
      if (timestamp > this.#recordTime) this.#recordTime = timestamp;
    }
    if (timestamp > streamTime.value) streamTime.set(timestamp, timestamp);
    return streamTime.value;
  }

  /** Emits and removes the windows whose time has come. Call after each record; emitted records carry its headers. */
  settle(headers: Headers): MaybePromise<void> {
    if (!this.emitsOnClose) return this.#expire();
    const upTo = this.#parts.streamTime.value - this.#rules.closeLagMs;
    const { store, emittedTo } = this.#parts;
    if (!store.mayHaveDue(upTo)) return this.#expire();
    const emitted = store.takeDue(upTo, (window) => this.#emit(window, headers));
    emittedTo.set(upTo, this.#parts.streamTime.value);
    return andThen(emitted, () => this.#expire());
  }

  /** Closes what the wall clock has closed; never later windows than there are, so that stream time does not run away. */
  #closeIdle(elapsedMs: number): MaybePromise<void> {
    const { store, streamTime, emittedTo } = this.#parts;
    const to = this.#recordTime + Math.min(elapsedMs, this.#rules.closeLagMs);
    if (this.#recordTime < 0 || to <= streamTime.value) return;
    let open = false;
    const scanned = forEachWhile(store.indexed({ from: emittedTo.value + 1, to: streamTime.value }), () => {
      open = true;
      return false;
    });
    return andThen(scanned, () => {
      if (!open) return;
      streamTime.set(to, to);
      return this.settle(NO_HEADERS);
    });
  }

  #emit(window: Datum<Windowed<K>>, headers: Headers): MaybePromise<void> {
    const { store, context } = this.#parts;
    const aggregate = store.get(window);
    if (aggregate === null) return;
    const { datum, timestamp } = aggregate;
    return context.forward(new ChangeRecord(window, new Change(datum, null), { timestamp, headers }));
  }

  #expire(): MaybePromise<void> {
    const { retentionMs } = this.#rules;
    const { store, streamTime, otherInputs } = this.#parts;
    let before = streamTime.value - retentionMs;
    if (before < this.#nextSweep) return;
    for (const other of otherInputs) before = Math.min(before, other.stored - retentionMs);
    if (before < this.#nextSweep) return;
    this.#nextSweep = before + Math.max(1, Math.floor(retentionMs / SWEEPS_PER_RETENTION));
    const expired: Buffer[] = [];
    const scanned = forEachWhile(store.indexed({ from: 0, to: before - 1 }), ({ key }) => {
      if (readTime(key.value, 0) >= before) return false;
      expired.push(key.value);
    });
    // A store is not changed while it is scanned.
    return andThen(scanned, () => {
      for (const indexKey of expired) store.remove(store.windowAt(indexKey), streamTime.value);
    });
  }
}
