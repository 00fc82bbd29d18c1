import type { Windowed } from '../serde/windowed-serde.ts';
import type { KTable } from './k-table.ts';
import type { Reducer } from './operators/reduce-stream.ts';
import {
  aggregateFold,
  countFold,
  reduceFold,
  type Merger,
  type WindowFold,
} from './operators/windowed/window-fold.ts';
import { aggregateWindows, type WindowedOptions, type Windowing } from './operators/windowed/aggregate-windows.ts';
import type { PartitionFor, StreamPlan } from './stream-plan.ts';
import type { WindowedAggregateOptions } from './time-windowed-k-stream.ts';
import type { SessionWindows } from './windows/windows.ts';

/** How values in a session are folded, and sessions that a record joins are merged. */
export interface SessionAggregateOptions<K, V, A> extends WindowedAggregateOptions<K, V, A> {
  /** Makes one aggregate of two; begins with the initial one and the oldest session. */
  readonly merger: Merger<K, A>;
}

/**
 * A grouped stream in sessions, on its way to an aggregation. The result is a table of windowed keys; each aggregation makes
 * the store and changelog `name` and the index `<name>-by-time`.
 *
 * A session that grows has a new key: the old one is deleted first. Updates have the time of the session's end and no
 * headers. Records without a key are dropped; of those without a value null is passed to the callbacks.
 *
 * @nulls Records without a key are dropped; null values are folded.
 * @ordering A session that grows is deleted, then comes anew under its new key; with `onWindowClose` each comes once, by
 *   their ends.
 * @state The store `name` and the index `<name>-by-time`, each with its changelog; sessions go a day after they can no
 *   longer change, or after `retentionMs`.
 * @repartition Where the key was changed, through `<application>-<name>-repartition`, or through the topic of the group
 *   where that has a name.
 */
export class SessionWindowedKStream<K, V> {
  readonly #partition: PartitionFor<K, V>;
  readonly #windowing: Windowing<SessionWindows>;

  constructor(partition: PartitionFor<K, V>, windowing: Windowing<SessionWindows>) {
    this.#partition = partition;
    this.#windowing = windowing;
  }

  /** The number of records of each session. */
  count(options: WindowedOptions<number>): KTable<Windowed<K>, number> {
    return this.#aggregate(options, 'count', () => countFold(options));
  }

  /** Combines the values of each session, and of sessions that are merged, by one reducer; the first is taken as it is. */
  reduce(reducer: Reducer<V>, options: WindowedOptions<NonNullable<V>>): KTable<Windowed<K>, NonNullable<V>> {
    return this.#aggregate(options, 'reduce', (plan) =>
      reduceFold<K, any>(reducer, options.valueSerde ?? (plan.valueSerde as never)),
    );
  }

  /** Folds the values of each session, from an initial value. */
  aggregate<A>(options: SessionAggregateOptions<K, V, A>): KTable<Windowed<K>, A> {
    return this.#aggregate(options, 'aggregate', () => aggregateFold(options, options.merger));
  }

  #aggregate<A>(
    options: WindowedOptions<A>,
    operator: string,
    foldOf: (plan: StreamPlan<K, V>) => WindowFold<K, V, A>,
  ): KTable<Windowed<K>, A> {
    const plan = this.#partition(options, operator);
    const fold = foldOf(plan);
    return plan.context.handles.table(aggregateWindows(plan, this.#windowing, { fold, options }));
  }
}
