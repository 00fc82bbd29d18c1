import { andThen, forEachInOrder, type MaybePromise } from '../../../core/maybe-promise.ts';
import { stampAt } from '../../../core/stamp.ts';
import { Change, ChangeRecord } from '../../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../../processor/processor.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Datum } from '../../../serde/datum.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import { forEachEntry } from '../../../store/for-each-entry.ts';
import type { StoreEntry } from '../../../store/store.ts';
import type { WindowStore } from '../../../store/window-store.ts';
import type { SlidingWindows } from '../../windows/windows.ts';
import { planSlidingUpdates, type FoundWindow, type SlidingUpdate } from './plan-sliding-updates.ts';
import type { WindowFold } from './window-fold.ts';
import type { WindowLifecycle } from './window-lifecycle.ts';
import type { WindowedAggregation } from './windowed-aggregation.ts';

/** A window as the store has it. */
interface StoredWindow<K, A> extends FoundWindow {
  readonly window: Datum<Windowed<K>>;
  readonly aggregate: Datum<A>;
}

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
  #store!: WindowStore<K, A>;
  #lifecycle!: WindowLifecycle<K, A>;

  constructor(aggregation: WindowedAggregation<K, A>, fold: WindowFold<K, V, A>, input: number) {
    this.#aggregation = aggregation;
    this.#fold = fold;
    this.#input = input;
    this.#windows = aggregation.windows as SlidingWindows;
  }

  init(context: ProcessorContext<ChangeRecord<Windowed<K>, A>>): void {
    this.#context = context;
    const { store, lifecycle } = this.#aggregation.open(context, this.#input);
    this.#store = store;
    this.#lifecycle = lifecycle as WindowLifecycle<K, A>;
  }

  process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum, timestamp } = record;
    if (keyDatum === null) return this.#context.recordDropped('null key');
    if (valueDatum === null) return this.#context.recordDropped('null value');
    const { timeDifferenceMs: difference, graceMs } = this.#windows;
    const closedBefore = this.#lifecycle.observe(timestamp) - graceMs;
    if (timestamp + difference < closedBefore) return this.#context.recordDropped('late record');
    const found: StoredWindow<K, A>[] = [];
    const from = Math.max(0, timestamp - 2 * difference);
    const key = keyDatum.bytes(this.#aggregation.keySerde);
    const scanned = forEachEntry(this.#store.windowsOf(key, from, timestamp + 1), (entry) => {
      found.push(storedWindow(entry));
    });
    return andThen(scanned, () => this.#apply(record, { found, closedBefore }));
  }

  #apply(
    record: StreamRecord<K, V>,
    { found, closedBefore }: { found: readonly StoredWindow<K, A>[]; closedBefore: number },
  ): MaybePromise<void> {
    const { timeDifferenceMs: difference } = this.#windows;
    const updates = planSlidingUpdates(found, record.timestamp, difference);
    const done = forEachInOrder(updates, (update) => {
      // The right window of a record that is in time is in time itself.
      if (update.start + difference < closedBefore) return this.#context.recordDropped('late record');
      return this.#update(update, record);
    });
    // As in Kafka Streams, nothing is emitted on an early record; the next one catches up.
    if (record.timestamp < difference) return done;
    return andThen(done, () => this.#lifecycle.settle(record.headers));
  }

  #update({ start, kind, base }: SlidingUpdate<StoredWindow<K, A>>, record: StreamRecord<K, V>): MaybePromise<void> {
    const key = record.keyDatum as Datum<K>;
    const exists = kind === 'update' && base !== null;
    const window = exists ? base.window : this.#store.timeWindow(key.bytes(this.#aggregation.keySerde), start);
    const next =
      kind === 'copy' && base !== null
        ? base.aggregate
        : this.#fold.next(base === null ? this.#fold.initial() : base.aggregate, record.valueDatum, key);
    const timestamp = timestampOf(kind, base, record.timestamp);
    if (next === null) {
      if (exists) this.#store.remove(window, timestamp);
    } else if (exists) {
      this.#store.update(window, next, timestamp);
    } else {
      this.#store.create(window, next, timestamp);
      this.#lifecycle.created(start);
    }
    if (this.#lifecycle.emitsOnClose) return;
    const oldValue = exists && this.#aggregation.view.sendsOldValues ? base.aggregate : null;
    return this.#context.forward(
      new ChangeRecord(window, new Change(next, oldValue), stampAt(record.stamp, timestamp)),
    );
  }
}

/** The largest timestamp in the window afterwards; what a new left window begins with is older than the record. */
function timestampOf(kind: SlidingUpdate<FoundWindow>['kind'], base: FoundWindow | null, timestamp: number): number {
  if (base === null || kind === 'create') return timestamp;
  return kind === 'copy' ? base.timestamp : Math.max(base.timestamp, timestamp);
}

function storedWindow<K, A>({ key, datum, timestamp }: StoreEntry<Windowed<K>, A>): StoredWindow<K, A> {
  return { window: key, start: key.value.start, aggregate: datum, timestamp };
}
