import { CogroupedKStream } from './cogrouped-k-stream.ts';
import type { KTable } from './k-table.ts';
import {
  aggregateFolding,
  aggregateStream,
  type AggregateOptions,
  type AggregationOptions,
} from './operators/aggregate-stream.ts';
import { countStream } from './operators/count-stream.ts';
import { reduceStream, type Reducer } from './operators/reduce-stream.ts';
import { repartitionIfNeeded } from './operators/repartition.ts';
import type { EmitStrategy } from './operators/windowed/windowed-aggregation.ts';
import { SessionWindowedKStream } from './session-windowed-k-stream.ts';
import type { NamedOptions, SerdeOptions, StreamPlan } from './stream-plan.ts';
import type { StoreOptions } from './table-stores/add-table-store.ts';
import { TimeWindowedKStream } from './time-windowed-k-stream.ts';
import { idleMsOf, type WindowCloseOptions } from './windows/window-close.ts';
import type { SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows, Windows } from './windows/windows.ts';

/** How a stream is grouped. */
export interface GroupOptions<K, V> extends SerdeOptions<K, V> {
  /** Names the repartition topic, which all aggregations of this group then share; absent, each aggregation names its own. */
  readonly name?: string;
}

/** How a windowed aggregation emits. */
export interface WindowedByOptions {
  /** Default `onWindowUpdate`. */
  readonly emit?: EmitStrategy;
  /** Only with `onWindowClose`. Absent, a window closes when a record comes that is late enough. */
  readonly windowClose?: WindowCloseOptions;
}

/**
 * A stream whose records have been given to groups by key, on its way to an aggregation.
 *
 * @nulls Records without a key or value are dropped.
 * @ordering One update for each record, in their order, with the largest timestamp of what was folded.
 * @state The store and changelog `name`.
 * @repartition Where the key was changed, through `<application>-<name>-repartition`, or through the topic of the group
 *   where that has a name.
 */
export class KGroupedStream<K, V> {
  readonly #plan: StreamPlan<K, V>;
  readonly #name: string | undefined;
  #partitioned: StreamPlan<K, V> | null = null;

  constructor(plan: StreamPlan<K, V>, options: GroupOptions<K, V>) {
    this.#plan = {
      ...plan,
      keySerde: options.keySerde ?? plan.keySerde,
      valueSerde: options.valueSerde ?? plan.valueSerde,
    };
    this.#name = options.name;
  }

  /** The number of records of each key; null values do not count. Store and changelog are called after `name`. */
  count(options: AggregationOptions<number> & StoreOptions): KTable<K, number> {
    return this.#plan.context.handles.table(countStream(this.partitionFor(options, 'count'), options));
  }

  /**
   * Combines the values of each key into one of their type; the first is taken as it is.
   *
   * @nulls Records without a key or value are dropped; a null result forgets the key.
   */
  reduce(
    reducer: Reducer<NonNullable<V>>,
    options: AggregationOptions<NonNullable<V>> & StoreOptions,
  ): KTable<K, NonNullable<V>> {
    return this.#plan.context.handles.table(
      reduceStream(this.partitionFor(options, 'reduce') as StreamPlan<K, NonNullable<V>>, reducer, options),
    );
  }

  /**
   * Folds the values of each key, from an initial value.
   *
   * @nulls Records without a key or value are dropped; a null aggregate forgets the key.
   */
  aggregate<A>(options: AggregateOptions<K, NonNullable<V>, A> & StoreOptions): KTable<K, A> {
    const plan = this.partitionFor(options, 'aggregate') as StreamPlan<K, NonNullable<V>>;
    const fold = {
      prefix: 'KSTREAM-AGGREGATE-',
      ...aggregateFolding(options),
      valueSerde: options.valueSerde ?? null,
      storeOptions: options,
    };
    return this.#plan.context.handles.table(aggregateStream(plan, options.name, fold));
  }

  /**
   * Puts the records of each key into windows by their timestamps: the aggregation that follows has a row for each key and
   * window. Stream time is the largest timestamp of any record so far; by it windows close and go. With `emit:
   * 'onWindowClose'` a window is emitted once, when it can no longer change; otherwise at each update. Unlimited windows
   * never close (TOPOLOGY_INVALID). With `windowClose: { idle: seconds(30) }` the last windows come out without a further record.
   *
   * @nulls Records without a key are dropped; null values are folded, except in sliding windows.
   * @ordering On each update, one update for each record and window it is in; `onWindowClose`, by the ends of windows.
   *   Records that come after a window's grace are dropped.
   * @state The store `name` and the index `<name>-by-time`, each with its changelog; windows go when they can no longer
   *   change, or after `retentionMs`.
   *
   * @example orders.groupByKey().windowedBy(tumbling({ sizeMs: 60_000, graceMs: 5_000 })).count({ name: 'orders-per-minute' })
   */
  windowedBy(windows: SlidingWindows, options?: WindowedByOptions): TimeWindowedKStream<K, NonNullable<V>>;
  windowedBy(windows: TimeWindows | UnlimitedWindows, options?: WindowedByOptions): TimeWindowedKStream<K, V>;
  windowedBy(windows: SessionWindows, options?: WindowedByOptions): SessionWindowedKStream<K, V>;
  windowedBy(
    windows: Windows,
    { emit = 'onWindowUpdate', windowClose }: WindowedByOptions = {},
  ): TimeWindowedKStream<K, any> | SessionWindowedKStream<K, V> {
    const partition = this.partitionFor.bind(this);
    const idleMs = idleMsOf(windowClose, `${windows.kind} windows`);
    if (windows.kind === 'session') return new SessionWindowedKStream(partition, { windows, emit, idleMs });
    return new TimeWindowedKStream(partition, { windows, emit, idleMs });
  }

  /**
   * Folds this stream and others, each by an aggregator of its own, into one aggregate for each key.
   *
   * @example
   * orders.groupByKey()
   *   .cogroup((seen: Seen, order) => ({ ...seen, orders: seen.orders + 1 }))
   *   .cogroup(clicks.groupByKey(), (seen, click) => ({ ...seen, clicks: seen.clicks + click.n }))
   *   .aggregate({ initializer: () => ({ orders: 0, clicks: 0 }), name: 'seen' })
   */
  cogroup<A>(aggregator: AggregateOptions<K, V, A>['aggregator']): CogroupedKStream<K, A> {
    return new CogroupedKStream<K, A>(this.#plan.context, [{ partition: this.partitionFor.bind(this), aggregator }]);
  }

  /**
   * The stream as the aggregation of this name gets it: repartitioned where its key was changed. For operators. Throws
   * TOPOLOGY_NAME_REQUIRED.
   *
   * @internal
   */
  partitionFor(aggregation: NamedOptions | undefined, operator: string): StreamPlan<K, V> {
    const name = this.#plan.context.requireName(aggregation, operator);
    if (this.#name === undefined) return repartitionIfNeeded(this.#plan, name, operator);
    if (this.#partitioned !== null) {
      if (this.#plan.keyChanged) this.#plan.context.skipNames(3);
      return this.#partitioned;
    }
    return (this.#partitioned = repartitionIfNeeded(this.#plan, this.#name, 'groupBy'));
  }
}
