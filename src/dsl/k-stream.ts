import type { TopicNameExtractor } from '../topology/node.ts';
import { GlobalKTable } from './global-k-table.ts';
import type { GroupOptions, KGroupedStream } from './k-grouped-stream.ts';
import type { KTable } from './k-table.ts';
import {
  mapValuesAsync,
  type AsyncValueMapper,
  type MapValuesAsyncOptions,
} from './operators/async/map-values-async.ts';
import { processAsync, type AsyncMapper, type ProcessAsyncOptions } from './operators/async/process-async.ts';
import { filterStream, type Predicate } from './operators/filter-stream.ts';
import { flatMapValues } from './operators/flat-map-values.ts';
import { flatMap, type FlatMapper } from './operators/flat-map.ts';
import { foreach } from './operators/foreach.ts';
import { joinStreams, type OuterSides, type StreamJoinOptions } from './operators/join-streams/join-streams.ts';
import { joinStreamGlobal, type StreamGlobalJoinOptions } from './operators/join-stream-global.ts';
import { joinStreamTable, type StreamTableJoinOptions } from './operators/join-stream-table.ts';
import { mapValuesStream, type ValueMapper, type ValueOptions } from './operators/map-values-stream.ts';
import { map, type KeyValueMapper } from './operators/map.ts';
import { merge } from './operators/merge.ts';
import { peek, type RecordAction } from './operators/peek.ts';
import { processValues, type FixedKeyProcessorSupplier } from './operators/process-values.ts';
import { process, type ProcessOptions, type ProcessorSupplier } from './operators/process.ts';
import { repartition, type RepartitionOptions } from './operators/repartition.ts';
import { selectKey, type KeyOptions, type KeySelector } from './operators/select-key.ts';
import { split, type Branches } from './operators/split.ts';
import { toTable, type ToTableOptions } from './operators/to-table.ts';
import { to, type ToOptions } from './operators/to.ts';
import type { NamedOptions, SerdeOptions, StreamPlan } from './stream-plan.ts';
import type { TablePlan } from './table-plan.ts';

/**
 * A stream of records: each is an event of its own, also when its key was seen before.
 *
 * Handles are immutable; each method adds an operator to the topology and returns a handle to its output. Callbacks get the
 * value first, then the key; both may be null where records have none. They must not change what they are given.
 *
 * @nulls Keys and values may be null; callbacks get them as they are.
 * @ordering The records of a partition stay in their order.
 * @state None.
 * @repartition Never.
 */
export class KStream<K, V> {
  readonly plan: StreamPlan<K, V>;

  constructor(plan: StreamPlan<K, V>) {
    this.plan = plan;
  }

  /** Keeps the records for which the predicate holds. */
  filter(predicate: Predicate<K, V>, options: NamedOptions = {}): KStream<K, V> {
    return new KStream(filterStream(this.plan, { predicate, keep: true }, options));
  }

  /** Keeps the records for which the predicate does not hold. */
  filterNot(predicate: Predicate<K, V>, options: NamedOptions = {}): KStream<K, V> {
    return new KStream(filterStream(this.plan, { predicate, keep: false }, options));
  }

  /**
   * Replaces key and value. A later grouping, join or `toTable` repartitions.
   *
   * @repartition Not itself; a later grouping, join or `toTable` does.
   */
  map<K2, V2>(
    mapper: KeyValueMapper<K, V, K2, V2>,
    options: NamedOptions & SerdeOptions<K2, V2> = {},
  ): KStream<K2, V2> {
    return new KStream(map(this.plan, mapper, options));
  }

  /** Replaces the value; the key stays. Called for null values too. */
  mapValues<V2>(mapper: ValueMapper<K, V, V2>, options: ValueOptions<V2> = {}): KStream<K, V2> {
    return new KStream(mapValuesStream(this.plan, mapper, options));
  }

  /**
   * Replaces the value by what a call to the outside makes of it, with many calls on their way at once; the key stays.
   *
   * Records of one key are called and leave in their order, one after another; others as their calls end. Each result has
   * the timestamp and headers of its record. A commit waits for the calls of all records it counts, so none is lost; after
   * a crash the calls since the last commit are made again: at least once for the outside, also under `exactly_once`.
   * While `concurrency` records are in flight the task takes no more. A record whose calls all fail stops the task
   * (PROCESSING_FAILED, or ASYNC_CALL_TIMEOUT) unless there is an `onFailure`.
   *
   * @nulls Called for null keys and values too; records without a key are in order among themselves.
   * @ordering The records of a key stay in their order; those of other keys may overtake them.
   *
   * @example
   * orders.mapValuesAsync(async (order, id, { signal }) => (await fetch(`${url}/${id}`, { signal })).json(), {
   *   concurrency: 32, timeoutMs: 2_000, retry: { attempts: 3, backoffMs: 100 }, onFailure: () => null,
   * });
   */
  mapValuesAsync<V2>(
    mapper: AsyncValueMapper<K, V, V2>,
    options: MapValuesAsyncOptions<K, V, V2> = {},
  ): KStream<K, V2> {
    return new KStream(mapValuesAsync(this.plan, mapper, options));
  }

  /**
   * Replaces each record by any number of records that a call to the outside makes of it, as `mapValuesAsync` does.
   * A later grouping, join or `toTable` repartitions.
   *
   * @nulls Called for null keys and values too; records without a key are in order among themselves.
   * @ordering What comes of the records of a key stays in their order; that of other keys may overtake it.
   * @repartition Not itself; a later grouping, join or `toTable` does.
   *
   * @example
   * orders.processAsync(async (order, { signal }) => {
   *   const offers = await offersFor(order.value, signal);
   *   return offers.map((offer) => order.withKey(offer.id).withValue(offer));
   * });
   */
  processAsync<K2 = K, V2 = V>(
    mapper: AsyncMapper<K, V, K2, V2>,
    options: ProcessAsyncOptions<K, V, K2, V2> = {},
  ): KStream<K2, V2> {
    return new KStream(processAsync(this.plan, mapper, options));
  }

  /**
   * Replaces each record by any number of records. A later grouping, join or `toTable` repartitions.
   *
   * @repartition Not itself; a later grouping, join or `toTable` does.
   */
  flatMap<K2, V2>(
    mapper: FlatMapper<K, V, K2, V2>,
    options: NamedOptions & SerdeOptions<K2, V2> = {},
  ): KStream<K2, V2> {
    return new KStream(flatMap(this.plan, mapper, options));
  }

  /** Replaces each record by one for each value made of it; the key stays. */
  flatMapValues<V2>(mapper: ValueMapper<K, V, readonly V2[]>, options: ValueOptions<V2> = {}): KStream<K, V2> {
    return new KStream(flatMapValues(this.plan, mapper, options));
  }

  /**
   * Gives each record another key. A later grouping, join or `toTable` repartitions.
   *
   * @nulls A null key makes a record without one.
   * @repartition Not itself; a later grouping, join or `toTable` does.
   */
  selectKey<K2>(selector: KeySelector<K, V, K2>, options: KeyOptions<K2> = {}): KStream<K2, V> {
    return new KStream(selectKey(this.plan, selector, options));
  }

  /** Looks at each record and passes it on. */
  peek(action: RecordAction<K, V>, options: NamedOptions = {}): KStream<K, V> {
    return new KStream(peek(this.plan, action, options));
  }

  /** Calls the action with each record; the end of this stream. */
  foreach(action: RecordAction<K, V>, options: NamedOptions = {}): void {
    foreach(this.plan, action, options);
  }

  /**
   * This stream and another in one.
   *
   * @ordering Each stream keeps its order; between the two, a task takes the earlier timestamp first among what it has.
   */
  merge<V2>(other: KStream<K, V2>, options: NamedOptions = {}): KStream<K, V | V2> {
    return new KStream(merge<K, V, V2>(this.plan, other.plan, options));
  }

  /**
   * Sends each record to the first branch whose predicate holds; `true` takes the rest. What no branch takes is dropped.
   *
   * @example const { big, small } = orders.split({ big: (order) => order.amount > 1000, small: true });
   */
  split<B extends Branches<K, V>>(branches: B, options: NamedOptions = {}): { [Name in keyof B]: KStream<K, V> } {
    const plans = Object.entries<StreamPlan<K, V>>(split(this.plan, branches, options));
    return Object.fromEntries(plans.map(([name, plan]) => [name, new KStream(plan)])) as {
      [Name in keyof B]: KStream<K, V>;
    };
  }

  /**
   * Groups by a new key; the aggregation that follows repartitions.
   *
   * @nulls A record whose new key is null is dropped.
   * @state Those of the aggregation.
   * @repartition Always, through `<application>-<aggregation>-repartition`, or `<application>-<name>-repartition` for
   *   all aggregations of the group.
   */
  groupBy<K2>(selector: KeySelector<K, V, K2>, options: GroupOptions<K2, V> = {}): KGroupedStream<K2, V> {
    const { keySerde } = options;
    const selected = selectKey(this.plan, selector, keySerde === undefined ? {} : { keySerde });
    return this.plan.context.handles.groupedStream(selected, options);
  }

  /**
   * Groups by the key; the aggregation that follows repartitions only where the key was changed before.
   *
   * @nulls A record without a key is dropped by the aggregation.
   * @state Those of the aggregation.
   * @repartition Where the key was changed, as `groupBy`.
   */
  groupByKey(options: GroupOptions<K, V> = {}): KGroupedStream<K, V> {
    return this.plan.context.handles.groupedStream(this.plan, options);
  }

  /**
   * Joins each record with those of another stream that have its key and are close in time, or with the table's row of its
   * key, or with the global table's row of a key chosen for it. Records without a partner are dropped.
   *
   * @nulls Null values are dropped, and so are null keys, except with a global table.
   * @ordering A result comes with the record that completes it; with a stream it has the larger timestamp of the two,
   *   with a table the stream's, and with `graceMs` they come by their timestamps.
   * @state With a stream: `<name>-left-window`, `<name>-right-window` and `<name>-clock`, each with its changelog. With
   *   a table: its rows, and with `graceMs` also `<name>-buffer` and `<name>-buffer-times`.
   * @repartition Each stream whose key was changed: with a stream through `<name>-left-repartition` and
   *   `<name>-right-repartition`, with a table through `<name>-repartition`; with a global table never.
   *
   * @example
   * const window = { beforeMs: 0, afterMs: 3_600_000, graceMs: 60_000 };
   * orders.join(payments, { join: (order, payment) => ({ ...order, paid: payment.amount }), window, name: 'paid-orders' });
   */
  join<V2, R>(other: KStream<K, V2>, options: StreamJoinOptions<K, NonNullable<V>, NonNullable<V2>, R>): KStream<K, R>;
  join<GK, T, R>(
    table: GlobalKTable<GK, T>,
    options: StreamGlobalJoinOptions<K, NonNullable<V>, GK, T, R>,
  ): KStream<K, R>;
  join<T, R>(table: KTable<K, T>, options: StreamTableJoinOptions<K, V, T, R>): KStream<K, R>;
  join(other: Joinable<K>, options: AnyJoinOptions): KStream<K, any> {
    return this.#join(other, options, { leftOuter: false, rightOuter: false });
  }

  /**
   * Joins as `join` does; a record without a partner is joined with null: with a stream, when its window has closed.
   *
   * @nulls Null values are dropped; a null key finds no partner.
   * @ordering As `join`; what finds no partner in a stream comes when its window has closed.
   * @state As `join`, and with a stream `<name>-parked`: what still waits for a partner.
   * @repartition As `join`.
   */
  leftJoin<V2, R>(
    other: KStream<K, V2>,
    options: StreamJoinOptions<K, NonNullable<V>, NonNullable<V2> | null, R>,
  ): KStream<K, R>;
  leftJoin<GK, T, R>(
    table: GlobalKTable<GK, T>,
    options: StreamGlobalJoinOptions<K, NonNullable<V>, GK, T | null, R>,
  ): KStream<K, R>;
  leftJoin<T, R>(table: KTable<K, T>, options: StreamTableJoinOptions<K, V, T | null, R>): KStream<K, R>;
  leftJoin(other: Joinable<K>, options: AnyJoinOptions): KStream<K, any> {
    return this.#join(other, options, { leftOuter: true, rightOuter: false });
  }

  /**
   * Joins with another stream as `join` does; a record of either that finds no partner is joined with null.
   *
   * @nulls Null values are dropped; a null key finds no partner.
   * @ordering As `leftJoin`.
   * @state As `leftJoin`.
   * @repartition As `join`.
   */
  outerJoin<V2, R>(
    other: KStream<K, V2>,
    options: StreamJoinOptions<K, NonNullable<V> | null, NonNullable<V2> | null, R>,
  ): KStream<K, R> {
    return new KStream(joinStreams(this.plan, other.plan, { outer: { leftOuter: true, rightOuter: true }, options }));
  }

  /**
   * Runs a processor of your own, one made for each task, with stores and punctuation. It may forward any number of records
   * with any keys: a later grouping, join or `toTable` repartitions.
   *
   * @nulls The processor gets every record, null keys and values too.
   * @ordering That in which the processor forwards.
   * @state Those in `stores`, each with its changelog unless it has none.
   * @repartition Not itself; a later grouping, join or `toTable` does.
   *
   * @example
   * const seen = keyValueStore<string, Order>({ name: 'seen' });
   * orders.process(() => new Deduplicate(), { name: 'deduplicate', stores: [seen] });
   */
  process<K2 = K, V2 = V>(
    supplier: ProcessorSupplier<K, V, K2, V2>,
    options: ProcessOptions<K2, V2> = {},
  ): KStream<K2, V2> {
    return new KStream(process(this.plan, supplier, options));
  }

  /**
   * Runs a processor as `process` does, but one that cannot change keys, so that nothing is repartitioned.
   *
   * @nulls The processor gets every record, null keys and values too.
   * @ordering That in which the processor forwards.
   * @state Those in `stores`, each with its changelog unless it has none.
   */
  processValues<V2 = V>(
    supplier: FixedKeyProcessorSupplier<K, V, V2>,
    options: Omit<ProcessOptions<K, V2>, 'keySerde'> = {},
  ): KStream<K, V2> {
    return new KStream(processValues(this.plan, supplier, options));
  }

  /**
   * Reads the records as the updates of a table; a null value deletes. Repartitions first where the key was changed.
   *
   * @nulls A null value deletes; a record without a key is dropped.
   * @state The store and changelog `name`, if `queryable` or an operator needs the rows.
   * @repartition Where the key was changed, through `<application>-<name>-repartition`.
   */
  toTable(options: ToTableOptions<K, V>): KTable<K, NonNullable<V>> {
    const plan = toTable<K, V>(this.plan, options) as unknown as TablePlan<K, NonNullable<V>>;
    return this.plan.context.handles.table(plan);
  }

  /**
   * Sends the stream through an internal topic, partitioned by its key.
   *
   * @nulls A record without a key is dropped, unless a left join that takes it lies downstream.
   * @ordering The records of a key from one partition stay in their order; those of several partitions are mixed.
   * @repartition Always, through `<application>-<name>-repartition`.
   */
  repartition(options: RepartitionOptions<K, V>): KStream<K, V> {
    return new KStream(repartition(this.plan, options));
  }

  /**
   * Writes each record to a topic, or to the topic chosen for it. The topology may read that topic too, even upstream of
   * here: then see that each record ends its round at some time, by a filter for example.
   *
   * @nulls A null value is written as a tombstone; records without a key go to the partitions by turns.
   * @ordering The records of a key from one task stay in their order.
   */
  to(topic: string | TopicNameExtractor, options: ToOptions<K, V> = {}): void {
    to(this.plan, topic, options);
  }

  #join(other: Joinable<K>, options: AnyJoinOptions, outer: OuterSides): KStream<K, any> {
    if (other instanceof GlobalKTable) {
      const globalOptions = options as StreamGlobalJoinOptions<K, any, any, any, any>;
      return new KStream(joinStreamGlobal(this.plan, other.plan, { left: outer.leftOuter, options: globalOptions }));
    }
    if (other instanceof KStream) {
      const streamOptions = options as StreamJoinOptions<K, any, any, any>;
      return new KStream(joinStreams(this.plan, other.plan, { outer, options: streamOptions }));
    }
    const tableOptions = options as StreamTableJoinOptions<K, any, any, any>;
    return new KStream(joinStreamTable(this.plan, other.plan, { left: outer.leftOuter, options: tableOptions }));
  }
}

type Joinable<K> = KStream<K, any> | KTable<K, any> | GlobalKTable<any, any>;

type AnyJoinOptions =
  | StreamJoinOptions<any, any, any, any>
  | StreamGlobalJoinOptions<any, any, any, any, any>
  | StreamTableJoinOptions<any, any, any, any>;
