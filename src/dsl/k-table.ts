import type { KGroupedTable } from './k-grouped-table.ts';
import type { KStream } from './k-stream.ts';
import type { Predicate } from './operators/filter-stream.ts';
import { filterTable } from './operators/filter-table.ts';
import { joinByForeignKey, type ForeignKeyJoinOptions } from './operators/foreign-key-join/foreign-key-join.ts';
import { groupTable, type GroupTableOptions } from './operators/group-table.ts';
import { joinTables, type TableJoinOptions } from './operators/join-tables.ts';
import type { ValueMapper } from './operators/map-values-stream.ts';
import { mapValuesTable, type TableValueOptions } from './operators/map-values-table.ts';
import type { KeyValueMapper } from './operators/map.ts';
import { suppress, type SuppressOptions } from './operators/suppress/suppress.ts';
import { toStream, type ToStreamOptions } from './operators/to-stream.ts';
import { transformValuesTable } from './operators/transform-values-table.ts';
import type { TableOptions, TablePlan } from './table-plan.ts';

/**
 * A table: the latest value of each key. Every record is an update of its key, and a null value deletes it.
 *
 * Handles are immutable; each method adds an operator to the topology and returns a handle to its output. Callbacks get the
 * value first, then the key, never null ones. They must not change what they are given.
 *
 * @nulls Callbacks get neither null keys nor null values; deletes pass.
 * @ordering The updates of a key stay in their order.
 * @state None, unless `store` names one, which then has a changelog.
 * @repartition Never.
 */
export class KTable<K, V> {
  readonly plan: TablePlan<K, V>;

  constructor(plan: TablePlan<K, V>) {
    this.plan = plan;
  }

  /** The rows for which the predicate holds; one that no longer does is deleted downstream. */
  filter(predicate: Predicate<K, V>, options: TableOptions = {}): KTable<K, V> {
    return new KTable(filterTable(this.plan, { predicate, keep: true }, options));
  }

  /** The rows for which the predicate does not hold. */
  filterNot(predicate: Predicate<K, V>, options: TableOptions = {}): KTable<K, V> {
    return new KTable(filterTable(this.plan, { predicate, keep: false }, options));
  }

  /**
   * Each row with another value; null deletes.
   *
   * @nulls Not called for deletes; a null result deletes.
   */
  mapValues<V2>(
    mapper: ValueMapper<K, V, V2>,
    options: TableValueOptions<NonNullable<V2>> = {},
  ): KTable<K, NonNullable<V2>> {
    return new KTable(mapValuesTable(this.plan, mapper as ValueMapper<K, V, NonNullable<V2>>, options));
  }

  /**
   * Each row with another value, as `mapValues`, but called for deletes too: what it makes of null is then the row.
   *
   * @nulls Called with null for a delete; a null result deletes.
   */
  transformValues<V2>(
    mapper: ValueMapper<K, V | null, V2>,
    options: TableValueOptions<NonNullable<V2>> = {},
  ): KTable<K, NonNullable<V2>> {
    return new KTable(
      transformValuesTable(this.plan, mapper as ValueMapper<K, V | null, NonNullable<V2> | null>, options),
    );
  }

  /**
   * The updates as a stream; a delete is a record with a null value. With `key`, each under another key: a later grouping,
   * join or `toTable` then repartitions.
   *
   * @nulls A delete is a record with a null value, for which `key` is called too.
   * @state None.
   * @repartition Not itself; with `key`, a later grouping, join or `toTable` does.
   */
  toStream<K2 = K>(options: ToStreamOptions<K, V, K2> = {}): KStream<K2, V | null> {
    return this.plan.context.handles.stream(toStream(this.plan, options));
  }

  /**
   * Gives each row to a group: the selector returns the group's key and the row's value there; null for either leaves the
   * row out. The aggregation that follows repartitions.
   *
   * @nulls A null key or value leaves the row out.
   * @ordering Where the group changes, the old one loses the row before the new one gets it.
   * @state Those of the aggregation; this table's rows are kept too.
   * @repartition Always, through `<application>-<aggregation>-repartition`, or `<application>-<name>-repartition` for
   *   all aggregations of the group.
   */
  groupBy<K2, V2>(
    selector: KeyValueMapper<K, V, K2, V2>,
    options: GroupTableOptions<NonNullable<K2>, NonNullable<V2>> = {},
  ): KGroupedTable<NonNullable<K2>, NonNullable<V2>> {
    return this.plan.context.handles.groupedTable(
      groupTable<K, V, NonNullable<K2>, NonNullable<V2>>(
        this.plan,
        selector as unknown as KeyValueMapper<K, V, NonNullable<K2> | null, NonNullable<V2> | null>,
        options,
      ),
    );
  }

  /**
   * Holds updates back and emits only the last of each key: when its window can no longer change, or after a time limit. Time
   * is stream time, which only records move. Throws TOPOLOGY_INVALID for a table whose windows do not close.
   *
   * @nulls Until windows close, deletes are swallowed; with a time limit they are held back as any update.
   * @ordering By the time that they are released at, not as they came in.
   * @state The stores `name` and `<name>-times`, each with its changelog.
   *
   * @example perMinute.suppress({ until: 'windowCloses', name: 'final-per-minute' })
   */
  suppress(options: SuppressOptions): KTable<K, V> {
    return new KTable(suppress(this.plan, options));
  }

  /**
   * Joins with a table by a foreign key taken from the row, or by key. Rows without a partner have no result.
   *
   * @nulls A row whose foreign key is null has no partner; a null result deletes.
   * @ordering By key: each update of either side makes one. By foreign key: each update of a row makes one of it, one of
   *   a foreign row one of each that refers to it. The larger timestamp of both.
   * @state The rows of both tables. By foreign key also `<name>-subscription-store`, with its changelog.
   * @repartition By foreign key: rows ask through `<name>-subscription-registration-topic` and are answered through
   *   `<name>-subscription-response-topic`, both internal. By key never.
   *
   * @example orders.join(customers, { foreignKey: (o) => o.customer_id, join: (o, c) => ({ ...o, country: c.country }), name: 'orders-with-customer' })
   */
  join<FK, FV, R>(foreign: KTable<FK, FV>, options: ForeignKeyJoinOptions<K, V, FK, FV, R>): KTable<K, NonNullable<R>>;
  join<V2, R>(other: KTable<K, V2>, options: TableJoinOptions<V, V2, R>): KTable<K, NonNullable<R>>;
  join(other: KTable<any, any>, options: JoinOptions): KTable<K, any> {
    return this.#join(other, options, { leftRequired: true, rightRequired: true });
  }

  /**
   * Joins as `join` does; a row without a partner is joined with null.
   *
   * @nulls As `join`; a row whose foreign key is null is joined with null.
   * @ordering As `join`.
   * @state As `join`.
   * @repartition As `join`.
   */
  leftJoin<FK, FV, R>(
    foreign: KTable<FK, FV>,
    options: ForeignKeyJoinOptions<K, V, FK, FV | null, R>,
  ): KTable<K, NonNullable<R>>;
  leftJoin<V2, R>(other: KTable<K, V2>, options: TableJoinOptions<V, V2 | null, R>): KTable<K, NonNullable<R>>;
  leftJoin(other: KTable<any, any>, options: JoinOptions): KTable<K, any> {
    return this.#join(other, options, { leftRequired: true, rightRequired: false });
  }

  /**
   * Joins by key; a key that only one side has is joined with null for the other.
   *
   * @nulls Where both sides are gone the result is deleted; a null result deletes.
   * @ordering Each update of either side makes one, with the larger timestamp of both.
   * @state The rows of both tables.
   */
  outerJoin<V2, R>(other: KTable<K, V2>, options: TableJoinOptions<V | null, V2 | null, R>): KTable<K, NonNullable<R>> {
    return new KTable(
      joinTables<K, V, V2, NonNullable<R>>(this.plan, other.plan, {
        sides: { leftRequired: false, rightRequired: false },
        options: options as TableJoinOptions<any, any, NonNullable<R>>,
      }),
    );
  }

  #join(
    other: KTable<any, any>,
    options: JoinOptions,
    sides: { leftRequired: boolean; rightRequired: boolean },
  ): KTable<K, any> {
    if ('foreignKey' in options) {
      return new KTable(joinByForeignKey(this.plan, other.plan, { isLeftJoin: !sides.rightRequired, options }));
    }
    return new KTable(joinTables(this.plan, other.plan, { sides, options }));
  }
}

type JoinOptions = ForeignKeyJoinOptions<any, any, any, any, any> | TableJoinOptions<any, any, any>;
