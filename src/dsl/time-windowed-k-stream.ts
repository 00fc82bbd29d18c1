import type { Windowed } from '../serde/windowed-serde.ts';
import type { KTable } from './k-table.ts';
import type { AggregateOptions } from './operators/aggregate-stream.ts';
import type { Reducer } from './operators/reduce-stream.ts';
import { aggregateFold, countFold, reduceFold, type WindowFold } from './operators/windowed/window-fold.ts';
import { aggregateWindows, type WindowedOptions, type Windowing } from './operators/windowed/aggregate-windows.ts';
import type { PartitionFor, StreamPlan } from './stream-plan.ts';
import type { Windows } from './windows/windows.ts';

/** How values in a window are folded. */
export interface WindowedAggregateOptions<K, V, A> extends AggregateOptions<K, V, A>, WindowedOptions<A> {}

/**
 * A grouped stream in tumbling, hopping, sliding or unlimited windows, on its way to an aggregation. The result is a table
 * of windowed keys; each aggregation makes the store and changelog `name` and the index `<name>-by-time`.
 *
 * Records without a key are dropped. Those without a value are not (null is passed to the callbacks), but in sliding
 * windows they are.
 *
 * @nulls Records without a key are dropped; null values are folded, except in sliding windows.
 * @ordering One update for each record and window it is in, or with `onWindowClose` one for each window, by their ends.
 * @state The store `name` and the index `<name>-by-time`, each with its changelog; windows go when they can no longer
 *   change, or after `retentionMs`.
 * @repartition Where the key was changed, through `<application>-<name>-repartition`, or through the topic of the group
 *   where that has a name.
 */
export class TimeWindowedKStream<K, V> {
  readonly #partition: PartitionFor<K, V>;
  readonly #windowing: Windowing<Windows>;

  constructor(partition: PartitionFor<K, V>, windowing: Windowing<Windows>) {
    this.#partition = partition;
    this.#windowing = windowing;
  }

  /** The number of records of each key and window. */
  count(options: WindowedOptions<number>): KTable<Windowed<K>, number> {
    return this.#aggregate(options, 'count', () => countFold(options));
  }

  /** Combines the values of each key and window into one of their type; the first is taken as it is. */
  reduce(reducer: Reducer<V>, options: WindowedOptions<NonNullable<V>>): KTable<Windowed<K>, NonNullable<V>> {
    return this.#aggregate(options, 'reduce', (plan) =>
      reduceFold<K, any>(reducer, options.valueSerde ?? (plan.valueSerde as never)),
    );
  }

  /** Folds the values of each key and window, from an initial value. */
  aggregate<A>(options: WindowedAggregateOptions<K, V, A>): KTable<Windowed<K>, A> {
    return this.#aggregate(options, 'aggregate', () => aggregateFold(options, null));
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
