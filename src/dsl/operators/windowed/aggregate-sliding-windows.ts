import { andThen, forEachInOrder, type MaybePromise } from '../../../core/maybe-promise.ts';
import { stampAt } from '../../../core/stamp.ts';
import { Change, ChangeRecord } from '../../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../../processor/processor.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Datum } from '../../../serde/datum.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import type { FoundWindow, IndexedWindows } from '../../../store/indexed-windows.ts';
import type { SlidingWindows } from '../../windows/windows.ts';
import { planSlidingUpdates, type SlidingUpdate, type WindowSpan } from './plan-sliding-updates.ts';
import type { WindowFold } from './window-fold.ts';
import type { WindowUpdates } from './window-updates.ts';
import type { WindowLifecycle } from './window-lifecycle.ts';
import type { WindowedAggregation } from './windowed-aggregation.ts';

/**
 * Aggregates in sliding windows. Records without a key or value are dropped, and those at t with t + difference <
 * stream time − grace; of the others, windows that end before that are left as they are.
 */
export class AggregateSlidingWindows<K, V, A> implements Processor<StreamRecord<K, V>, ChangeRecord<Windowed<K>, A>> {
  readonly #aggregation: WindowedAggregation<K, A>;
  readonly #fold: WindowFold<K, V, A>;
  readonly #input: number;
  readonly #windows: SlidingWindows;
  #context!: ProcessorContext<ChangeRecord<Windowed<K>, A>>;
  #store!: IndexedWindows<K, A>;
  #updates!: WindowUpdates<K, A>;
  #lifecycle!: WindowLifecycle<K, A>;

  constructor(aggregation: WindowedAggregation<K, A>, fold: WindowFold<K, V, A>, input: number) {
    this.#aggregation = aggregation;
    this.#fold = fold;
    this.#input = input;
    this.#windows = aggregation.windows as SlidingWindows;
  }

  init(context: ProcessorContext<ChangeRecord<Windowed<K>, A>>): void {
    this.#context = context;
    const { store, lifecycle, updates } = this.#aggregation.open(context, this.#input);
    this.#store = store;
    this.#updates = updates;
    this.#lifecycle = lifecycle as WindowLifecycle<K, A>;
  }

  process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum, timestamp } = record;
    if (keyDatum === null) return this.#context.recordDropped('null key');
    if (valueDatum === null) return this.#context.recordDropped('null value');
    const { timeDifferenceMs: difference, graceMs } = this.#windows;
    const closedBefore = this.#lifecycle.observe(timestamp) - graceMs;
    if (timestamp + difference < closedBefore) return this.#context.recordDropped('late record');
    const from = Math.max(0, timestamp - 2 * difference);
    const found = this.#store.windowsOf(keyDatum.bytes(this.#aggregation.keySerde), from, timestamp + 1);
    const updates = planSlidingUpdates(found, timestamp, difference);
    const done = forEachInOrder(updates, (update) => {
      if (update.start + difference < closedBefore) return this.#context.recordDropped('late record');
      return this.#update(update, record);
    });
    // As in Kafka Streams, nothing is emitted on an early record; the next one catches up.
    if (timestamp < difference) return done;
    return andThen(done, () => this.#lifecycle.settle(record.headers));
  }

  #update({ start, kind, base }: SlidingUpdate<FoundWindow<K, A>>, record: StreamRecord<K, V>): MaybePromise<void> {
    const key = record.keyDatum as Datum<K>;
    const exists = kind === 'update' && base !== null;
    const window = exists ? base.window : this.#store.timeWindow(key.bytes(this.#aggregation.keySerde), start);
    const before = base === null ? this.#fold.initial() : base.datum;
    const isCopy = kind === 'copy' && base !== null;
    const next = isCopy ? base.datum : this.#fold.next(before, record.valueDatum, key);
    const timestamp = timestampOf(kind, base, record.timestamp);
    if (next === null) {
      if (exists) this.#store.remove(window, timestamp);
    } else if (exists) {
      this.#store.update(window, next, timestamp);
    } else {
      this.#store.create(window, next, timestamp);
    }
    if (this.#lifecycle.emitsOnClose) return;
    const { view } = this.#aggregation;
    const oldValue = (exists ? view.sendsOldValues : view.sendsInitialValues && !isCopy) ? before : null;
    return this.#updates.emit(
      new ChangeRecord(window, new Change(next, oldValue), stampAt(record.stamp, timestamp)),
      exists ? base : null,
    );
  }
}

/** The largest timestamp in the window afterwards; what a new left window begins with is older than the record. */
function timestampOf(kind: SlidingUpdate<WindowSpan>['kind'], base: WindowSpan | null, timestamp: number): number {
  if (base === null || kind === 'create') return timestamp;
  return kind === 'copy' ? base.timestamp : Math.max(base.timestamp, timestamp);
}
