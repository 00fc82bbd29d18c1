import type { MaybePromise } from '../../../core/maybe-promise.ts';
import { stampAt } from '../../../core/stamp.ts';
import { Change, ChangeRecord } from '../../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../../processor/processor.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Datum } from '../../../serde/datum.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import type { IndexedWindows } from '../../../store/indexed-windows.ts';
import type { TimeWindows, UnlimitedWindows } from '../../windows/windows.ts';
import type { WindowFold } from './window-fold.ts';
import type { WindowUpdates } from './window-updates.ts';
import type { WindowLifecycle } from './window-lifecycle.ts';
import type { WindowedAggregation } from './windowed-aggregation.ts';

/** Which windows a record is in, and which of them are late. */
interface Spans {
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;
  /** Where the first window begins. */
  readonly originMs: number;
}

/**
 * Aggregates in tumbling, hopping or unlimited windows. Records without a key are dropped, those without a value are not.
 *
 * A record at t is in the windows that begin in (t − size, t] at a multiple of the advance, never below 0; it is too late
 * for those whose end is at most stream time − grace. A result has the largest timestamp of its window.
 */
export class AggregateTimeWindows<K, V, A> implements Processor<StreamRecord<K, V>, ChangeRecord<Windowed<K>, A>> {
  readonly #aggregation: WindowedAggregation<K, A>;
  readonly #fold: WindowFold<K, V, A>;
  readonly #input: number;
  readonly #spans: Spans;
  #context!: ProcessorContext<ChangeRecord<Windowed<K>, A>>;
  #store!: IndexedWindows<K, A>;
  #updates!: WindowUpdates<K, A>;
  #lifecycle!: WindowLifecycle<K, A> | null;
  #emitsUpdates = true;

  constructor(aggregation: WindowedAggregation<K, A>, fold: WindowFold<K, V, A>, input: number) {
    this.#aggregation = aggregation;
    this.#fold = fold;
    this.#input = input;
    this.#spans = spansOf(aggregation.windows as TimeWindows | UnlimitedWindows);
  }

  init(context: ProcessorContext<ChangeRecord<Windowed<K>, A>>): void {
    this.#context = context;
    const { store, lifecycle, updates } = this.#aggregation.open(context, this.#input);
    this.#store = store;
    this.#updates = updates;
    this.#lifecycle = lifecycle;
    this.#emitsUpdates = lifecycle === null || !lifecycle.emitsOnClose;
  }

  process(record: StreamRecord<K, V>): MaybePromise<void> {
    if (record.keyDatum === null) return this.#context.recordDropped('null key');
    const { timestamp } = record;
    const { sizeMs, advanceMs, graceMs, originMs } = this.#spans;
    if (timestamp < originMs) return;
    const streamTime = this.#lifecycle === null ? timestamp : this.#lifecycle.observe(timestamp);
    const first =
      sizeMs === Infinity ? originMs : Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs;
    return this.#updateFrom(first, streamTime - graceMs, record);
  }

  /** Updates the windows from one start on, and then does what is due. */
  #updateFrom(first: number, closedTo: number, record: StreamRecord<K, V>): MaybePromise<void> {
    const { sizeMs, advanceMs } = this.#spans;
    for (let start = first; start <= record.timestamp; start += advanceMs) {
      if (start + sizeMs <= closedTo) {
        this.#context.recordDropped('late record');
        continue;
      }
      const pending = this.#update(start, record);
      if (pending !== undefined) return pending.then(() => this.#updateFrom(start + advanceMs, closedTo, record));
    }
    return this.#lifecycle === null ? undefined : this.#lifecycle.settle(record.headers);
  }

  #update(start: number, record: StreamRecord<K, V>): MaybePromise<void> {
    const key = record.keyDatum as Datum<K>;
    const window = this.#store.timeWindow(key.bytes(this.#aggregation.keySerde), start);
    const old = this.#store.get(window);
    const before = old === null ? this.#fold.initial() : old.datum;
    const next = this.#fold.next(before, record.valueDatum, key);
    const timestamp = old === null ? record.timestamp : Math.max(record.timestamp, old.timestamp);
    if (next === null) {
      if (old !== null) this.#store.remove(window, timestamp);
    } else if (old === null) {
      this.#store.create(window, next, timestamp);
    } else {
      this.#store.update(window, next, timestamp);
    }
    if (!this.#emitsUpdates) return;
    const { view } = this.#aggregation;
    const oldValue = (old === null ? view.sendsInitialValues : view.sendsOldValues) ? before : null;
    return this.#updates.emit(
      new ChangeRecord(window, new Change(next, oldValue), stampAt(record.stamp, timestamp)),
      old,
    );
  }
}

function spansOf(windows: TimeWindows | UnlimitedWindows): Spans {
  if (windows.kind === 'unlimited') {
    return { sizeMs: Infinity, advanceMs: Infinity, graceMs: 0, originMs: windows.startMs };
  }
  const { sizeMs, advanceMs, graceMs } = windows;
  return { sizeMs, advanceMs, graceMs, originMs: 0 };
}
