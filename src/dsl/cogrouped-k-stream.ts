import type { Windowed } from '../serde/windowed-serde.ts';
import type { DslContext } from './dsl-context.ts';
import type { KGroupedStream } from './k-grouped-stream.ts';
import type { KTable } from './k-table.ts';
import type { AggregateOptions } from './operators/aggregate-stream.ts';
import {
  cogroup,
  cogroupWindows,
  type CogroupInput,
  type CogroupOptions,
  type SessionCogroupOptions,
  type WindowedCogroupOptions,
} from './operators/cogroup.ts';
import type { StoreOptions } from './table-stores/add-table-store.ts';
import type { SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows, Windows } from './windows/windows.ts';

/**
 * Several grouped streams, each with its aggregator, on their way into one aggregate for each key: cheaper than to aggregate
 * each and join the tables. Where one must be repartitioned, all topics must agree in their number of partitions.
 *
 * @nulls Records without a key or value are dropped.
 * @ordering One update for each record; between streams, a task takes the earlier timestamp first among what it has.
 * @state The store and changelog `name`, one for all streams.
 * @repartition Each stream whose key was changed.
 */
export class CogroupedKStream<K, A> {
  readonly #context: DslContext;
  readonly #inputs: readonly CogroupInput<K, A>[];

  constructor(context: DslContext, inputs: readonly CogroupInput<K, A>[]) {
    this.#context = context;
    this.#inputs = inputs;
  }

  /** Adds a grouped stream, whose values are folded into the same aggregate. */
  cogroup<V>(other: KGroupedStream<K, V>, aggregator: AggregateOptions<K, V, A>['aggregator']): CogroupedKStream<K, A> {
    const partition = other.partitionFor.bind(other);
    return new CogroupedKStream(this.#context, [...this.#inputs, { partition, aggregator }]);
  }

  /**
   * Folds the values of all streams. Records without a key or value are dropped. Store and changelog are called after `name`.
   */
  aggregate(options: CogroupOptions<A> & StoreOptions): KTable<K, A> {
    this.#context.requireName(options, 'aggregate');
    return this.#context.handles.table(cogroup(this.#inputs, options));
  }

  /**
   * Puts the records of each key into windows, each stream by its own stream time. A window is kept until all streams have
   * passed it, however far one is behind; `retentionMs` counts from the one that is furthest on.
   *
   * @nulls Records without a key are dropped; null values are folded, except in sliding windows.
   * @state The store `name` and the index `<name>-by-time`, each with its changelog; windows go when they can no longer
   *   change, or after `retentionMs`.
   */
  windowedBy(windows: SessionWindows): WindowedCogroupedKStream<K, A, SessionCogroupOptions<K, A>>;
  windowedBy(
    windows: TimeWindows | SlidingWindows | UnlimitedWindows,
  ): WindowedCogroupedKStream<K, A, WindowedCogroupOptions<A>>;
  windowedBy(windows: Windows): WindowedCogroupedKStream<K, A, any> {
    return new WindowedCogroupedKStream(this.#context, this.#inputs, windows);
  }
}

/**
 * Cogrouped streams in windows, on their way to an aggregation. Every update of a window is emitted.
 *
 * @nulls Records without a key are dropped; null values are folded, except in sliding windows.
 * @ordering One update for each record and window it is in.
 * @state The store `name` and the index `<name>-by-time`, each with its changelog; windows go when they can no longer
 *   change, or after `retentionMs`.
 * @repartition Each stream whose key was changed.
 */
export class WindowedCogroupedKStream<K, A, Options extends WindowedCogroupOptions<A>> {
  readonly #context: DslContext;
  readonly #inputs: readonly CogroupInput<K, A>[];
  readonly #windows: Windows;

  constructor(context: DslContext, inputs: readonly CogroupInput<K, A>[], windows: Windows) {
    this.#context = context;
    this.#inputs = inputs;
    this.#windows = windows;
  }

  /** Folds the values of all streams in each window. Sessions need a `merger`. */
  aggregate(options: Options): KTable<Windowed<K>, A> {
    this.#context.requireName(options, 'aggregate');
    return this.#context.handles.table(cogroupWindows(this.#inputs, this.#windows, options));
  }
}
