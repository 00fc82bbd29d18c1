import { andThen, forEachInOrder, type MaybePromise } from '../../../core/maybe-promise.ts';
import { stampAt } from '../../../core/stamp.ts';
import { Change, ChangeRecord } from '../../../processor/change-record.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Datum } from '../../../serde/datum.ts';
import type { FoundWindow } from '../../../store/indexed-windows.ts';
import type { SlidingWindows } from '../../windows/windows.ts';
import { planSlidingUpdates, type SlidingUpdate, type WindowSpan } from './plan-sliding-updates.ts';
import { WindowsByKey } from './windows-by-key.ts';

/**
 * Aggregates in sliding windows. Records without a key or value are dropped, and those at t with t + difference <
 * stream time − grace; of the others, windows that end before that are left as they are.
 */
export class AggregateSlidingWindows<K, V, A> extends WindowsByKey<SlidingWindows, K, V, A> {
  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum, timestamp } = record;
    if (keyDatum === null) return this.context.recordDropped('null key');
    if (valueDatum === null) return this.context.recordDropped('null value');
    const { timeDifferenceMs: difference, graceMs } = this.windows;
    const closedBefore = this.lifecycle.observe(timestamp) - graceMs;
    if (timestamp + difference < closedBefore) return this.context.recordDropped('late record');
    const from = Math.max(0, timestamp - 2 * difference);
    const found = this.store.windowsOf(keyDatum.bytes(this.aggregation.keySerde), from, timestamp + 1);
    const updates = planSlidingUpdates(found, timestamp, difference);
    const done = forEachInOrder(updates, (update) => {
      if (update.start + difference < closedBefore) return this.context.recordDropped('late record');
      return this.#update(update, record);
    });
    // As in Kafka Streams, nothing is emitted on an early record; the next one catches up.
    if (timestamp < difference) return done;
    return andThen(done, () => this.lifecycle.settle(record.headers));
  }

  #update({ start, kind, base }: SlidingUpdate<FoundWindow<K, A>>, record: StreamRecord<K, V>): MaybePromise<void> {
    const key = record.keyDatum as Datum<K>;
    const window =
      kind === 'update' && base !== null
        ? base.window
        : this.store.timeWindow(key.bytes(this.aggregation.keySerde), start);
    const begin = base === null ? this.fold.initial() : base.datum;
    const next = kind === 'copy' ? begin : this.fold.next(begin, record.valueDatum, key);
    const timestamp = timestampOf(kind, base, record.timestamp);
    const earlier = kind === 'update' ? base : kind === 'recreate' ? this.store.get(window) : null;
    if (next === null) {
      if (earlier !== null) this.store.remove(window, timestamp);
    } else if (earlier !== null) {
      this.store.update(window, next, timestamp);
    } else {
      this.store.create(window, next, timestamp);
    }
    if (this.lifecycle.emitsOnClose) return;
    const change = new Change(next, this.#oldValue(kind, { earlier: earlier?.datum ?? null, begin }));
    return this.updates.emit(new ChangeRecord(window, change, stampAt(record.stamp, timestamp)), earlier);
  }

  #oldValue(
    kind: SlidingUpdate<WindowSpan>['kind'],
    { earlier, begin }: { earlier: Datum<A> | null; begin: Datum<A> | null },
  ): Datum<A> | null {
    const { sendsOldValues, sendsInitialValues } = this.aggregation.view;
    if (!sendsOldValues) return null;
    if (!sendsInitialValues || kind === 'update') return earlier;
    return kind === 'copy' ? null : begin;
  }
}

/** The largest timestamp in the window afterwards; what a new left window begins with is older than the record. */
function timestampOf(kind: SlidingUpdate<WindowSpan>['kind'], base: WindowSpan | null, timestamp: number): number {
  if (base === null || kind === 'create' || kind === 'recreate') return timestamp;
  return kind === 'copy' ? base.timestamp : Math.max(base.timestamp, timestamp);
}
