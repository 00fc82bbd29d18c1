import type { MaybePromise } from '../core/maybe-promise.ts';
import type { ProcessorContext } from '../processor/processor.ts';
import type { Datum } from '../serde/datum.ts';
import type { Serde } from '../serde/serde.ts';
import type { TimestampedDatum } from '../store/store.ts';
import type { DslContext } from './dsl-context.ts';
import type { StoreOptions } from './table-stores/add-table-store.ts';

/** What a `KTable` handle stands on: a node of the graph, what is known of its rows, and how others read them. */
export interface TablePlan<K, V> {
  readonly context: DslContext;
  /** The node whose output this table's changes are. */
  readonly node: string;
  /** Null where only the default is known. */
  readonly keySerde: Serde<K> | null;
  readonly valueSerde: Serde<V> | null;
  /** The sources of its sub-topology, for co-partitioning. */
  readonly sources: readonly string[];
  readonly view: TableView<K, V>;
}

/** How operators downstream look into a table. */
export interface TableView<K, V> {
  /**
   * Asks that every change carries the old value too, and tells whether it will. `force` materializes what must be for
   * that; without it a table that keeps no rows yet declines.
   */
  sendOldValues(force: boolean): boolean;
  /** How to read the current row of a key; materializes a source that is not yet. */
  getter(): ValueGetterPlan<K, V>;
  /** Whether rows can be read as they were at earlier times, and changes may be of the past. Absent: no. */
  readonly versioned?: boolean;
}

/** How to read rows of a table: the stores it needs, and the reader made from them in each task. */
export interface ValueGetterPlan<K, V> {
  readonly stores: readonly string[];
  open(context: ProcessorContext<never>): ValueGetter<K, V>;
}

/** Reads rows of a table in one task. */
export interface ValueGetter<K, V> {
  /** The current row of a key, or null. */
  get(key: Datum<K>): TimestampedDatum<V> | null;
  /** The row as it was at a time, or null; versioned tables have it. */
  getAsOf?(key: Datum<K>, time: number): MaybePromise<TimestampedDatum<V> | null>;
}

/** Options of a table operator that keeps its result only on request. */
export interface TableOptions extends StoreOptions {
  /** What the node is called in `describe()`, metrics and errors. */
  readonly name?: string;
  /** Keeps the result in a store of this name, queryable, with a changelog. The other options of a store need it. */
  readonly store?: string;
}
