import { MillraceError } from '../core/millrace-error.ts';
import { capturedRow } from '../serde/avro/captured-row-serde.ts';
import { json } from '../serde/json-serde.ts';
import type { Serde } from '../serde/serde.ts';
import type { TimestampExtractor } from '../topology/node.ts';
import type { CapturedTable, MySqlInput, Topology } from '../topology/topology.ts';
import { optimize, type OptimizationOption } from '../topology/optimizer/optimize.ts';
import { DslContext, type DefaultSerdes, type OldValues } from './dsl-context.ts';
import { GlobalKTable } from './global-k-table.ts';
import type { Handles } from './handles.ts';
import { KGroupedStream } from './k-grouped-stream.ts';
import { KGroupedTable } from './k-grouped-table.ts';
import { KStream } from './k-stream.ts';
import { KTable } from './k-table.ts';
import type { MySqlSourceTable } from './mysql-source-table.ts';
import { tableSource } from './operators/table-source.ts';
import type { NamedOptions, SerdeOptions, StreamPlan } from './stream-plan.ts';
import type { StoreOptions } from './table-stores/add-table-store.ts';

/** How a program becomes a topology. */
export interface BuildOptions {
  /** Which optimizations are made; default `none`. Reset an application that has run before changing it. */
  readonly optimization?: OptimizationOption;
}

/** What holds for a whole program. */
export interface StreamsBuilderOptions extends Partial<DefaultSerdes> {
  /** Default `exact`. */
  readonly oldValues?: OldValues;
}

/** How a topic is read. */
export interface SourceOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /** The time of a record; absent, its own timestamp. A negative result drops the record. */
  readonly timestampExtractor?: TimestampExtractor;
  /** Where to begin when the application has no committed offset yet. Default `earliest`. */
  readonly offsetReset?: 'earliest' | 'latest';
}

/** How a topic is read as a table. */
export interface TableSourceOptions<K, V> extends SourceOptions<K, V>, StoreOptions {
  /** Keeps the rows in a store of this name, queryable; absent, they are kept only when an operator needs them. */
  readonly store?: string;
}

/** How a topic is read as a global table. */
export interface GlobalTableOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /** What its store is called. Default `<topic>-global-store`. */
  readonly store?: string;
  /** `memory` loads the whole topic at each start. Default `persistent`. */
  readonly storage?: 'persistent' | 'memory';
}

/**
 * The beginning of every topology: reads topics and MySQL tables as streams and tables.
 *
 * Where no serde is named, keys and values are JSON, which is also what the MySQL source writes.
 */
export class StreamsBuilder {
  readonly #context: DslContext;
  readonly #streams = new Map<string, { plan: StreamPlan<any, any>; options: Reading }>();
  readonly #tables = new Map<string, { table: KTable<any, any>; options: Reading }>();
  /** By topic: readers of one topic have one serde. */
  readonly #rowSerdes = new Map<string, Serde<any>>();
  readonly #globalTables = new Map<string, { table: GlobalKTable<any, any>; options: Reading }>();

  constructor(options: StreamsBuilderOptions = {}) {
    this.#context = new DslContext({ keySerde: json(), valueSerde: json(), oldValues: 'exact', ...options }, handles);
  }

  /** Reads a topic, or several as one, as a stream. Values may be null. The same topic read twice is one source. */
  stream<K, V>(topic: string | readonly string[], options: SourceOptions<K, V> = {}): KStream<K, V> {
    return new KStream(this.#source(typeof topic === 'string' ? [topic] : topic, options));
  }

  /** Reads a topic as a table: each record is an update of its key, a null value deletes. Records without a key are dropped. */
  table<K, V>(topic: string, options: TableSourceOptions<K, V> = {}): KTable<K, V> {
    const known = this.#tables.get(topic);
    if (known !== undefined) {
      mustAgree(topic, known.options, readingOf(options));
      return known.table;
    }
    const { name, ...sourceOptions } = options;
    const plan = this.#source<K, V>(
      [topic],
      name === undefined ? sourceOptions : { ...sourceOptions, name: `${name}-source` },
    );
    const table = new KTable(
      tableSource(plan, {
        node: this.#context.nodeName(name, 'KTABLE-SOURCE-'),
        store: options.store ?? `${topic}-store`,
        materialized: options.store !== undefined,
        storeOptions: options,
        fromSource: true,
      }),
    );
    this.#tables.set(topic, { table, options: readingOf(this.#resolved(options)) });
    return table;
  }

  /**
   * Reads a topic as a global table: every instance has all its rows, loaded before the application runs. Streams look its
   * rows up by any key. It has no changelog: the topic, which is to be compacted, is one.
   *
   * @example
   * const customers = builder.globalTable<number, Customer>('customers');
   * orders.join(customers, { key: (order) => order.customerId, join: (order, customer) => ({ ...order, customer }) });
   */
  globalTable<K, V>(topic: string, options: GlobalTableOptions<K, V> = {}): GlobalKTable<K, V> {
    const known = this.#globalTables.get(topic);
    if (known !== undefined) {
      mustAgree(topic, known.options, readingOf(options));
      return known.table;
    }
    const { name, store = `${topic}-global-store`, storage = 'persistent' } = options;
    const { keySerde, valueSerde } = this.#resolved(options);
    this.#context.graph.addGlobalTable({
      source: this.#context.nodeName(name === undefined ? undefined : `${name}-source`, 'KSTREAM-SOURCE-'),
      node: this.#context.nodeName(name, 'KTABLE-SOURCE-'),
      topic,
      store: { kind: 'key-value', name: store, keySerde, valueSerde, storage, scans: false, logged: true },
    });
    const table = new GlobalKTable({ store, keySerde, valueSerde });
    this.#globalTables.set(topic, { table, options: { ...this.#resolved(options), store, storage } });
    return table;
  }

  /** Reads a MySQL table as a global table, keyed by its primary key. The application captures it. */
  globalMysqlTable<K, V>(table: MySqlSourceTable<K, V>, options: { store?: string } = {}): GlobalKTable<K, V> {
    mustHavePrimaryKey(table);
    this.#context.graph.captureTable(mysqlInput(table, true));
    return this.globalTable<K, V>(table.topic, { ...options, ...this.#serdesOf<K, V>(table) });
  }

  /** Reads a MySQL table as a table, keyed by its primary key. The application captures it. */
  mysqlTable<K, V>(table: MySqlSourceTable<K, V>, options: { store?: string } & StoreOptions = {}): KTable<K, V> {
    mustHavePrimaryKey(table);
    this.#context.graph.captureTable(mysqlInput(table, true));
    return this.table<K, V>(table.topic, { ...options, ...this.#serdesOf<K, V>(table) });
  }

  /**
   * Reads the changes of a MySQL table as a stream: the row after each insert and update, null after a delete. Their time is
   * that of the commit, unless `timestampExtractor` finds another.
   */
  mysqlStream<K, V>(
    table: MySqlSourceTable<K, V>,
    options: Pick<SourceOptions<K, V>, 'name' | 'timestampExtractor'> = {},
  ): KStream<K, V | null> {
    this.#context.graph.captureTable(mysqlInput(table, false));
    return this.stream<K, V | null>(table.topic, { ...options, ...this.#serdesOf<K, V | null>(table) });
  }

  /**
   * Freezes the program, and optimizes it where that is asked for. Throws the errors of `Topology` validation and of
   * `optimize`; nothing can be added afterwards.
   */
  build(name: string, { optimization = 'none' }: BuildOptions = {}): Topology {
    return optimize(this.#context.graph.build(name), optimization);
  }

  #source<K, V>(topics: readonly string[], options: SourceOptions<K, V>): StreamPlan<K, V> {
    const key = topics.join(',');
    const known = this.#streams.get(key);
    if (known !== undefined) {
      mustAgree(key, known.options, readingOf(options));
      return known.plan;
    }
    const node = this.#context.nodeName(options.name, 'KSTREAM-SOURCE-');
    const resolved = this.#resolved(options);
    const { keySerde, valueSerde, timestampExtractor = null, offsetReset } = resolved;
    this.#context.graph.addSource({ name: node, topics, keySerde, valueSerde, timestampExtractor, offsetReset });
    const plan = {
      context: this.#context,
      node,
      keySerde,
      valueSerde,
      sources: [node],
      keyChanged: false,
      updates: false,
    };
    this.#streams.set(key, { plan, options: readingOf(resolved) });
    return plan;
  }

  /** Keys are JSON, rows JSON or Avro, as the source writes them. */
  #serdesOf<K, V>({ topic, bigint }: CapturedTable): { keySerde: Serde<K>; valueSerde: Serde<V> } {
    let valueSerde = this.#rowSerdes.get(topic);
    if (valueSerde === undefined) this.#rowSerdes.set(topic, (valueSerde = capturedRow({ bigint })));
    return { keySerde: json<K>({ bigint }), valueSerde };
  }

  #resolved<K, V>(options: SourceOptions<K, V>): ResolvedOptions<K, V> {
    const { keySerde, valueSerde } = this.#context.defaults;
    return { keySerde, valueSerde, offsetReset: 'earliest', ...options };
  }
}

type ResolvedOptions<K, V> = SourceOptions<K, V> &
  Required<Pick<SourceOptions<K, V>, 'keySerde' | 'valueSerde' | 'offsetReset'>>;

/** How a topic is read, with the defaults filled in. */
type Reading = { readonly [Option in (typeof READING)[number]]?: unknown };

const handles: Handles = {
  stream: (plan) => new KStream(plan),
  table: (plan) => new KTable(plan),
  groupedStream: (plan, options) => new KGroupedStream(plan, options),
  groupedTable: (plan) => new KGroupedTable(plan),
};

function mysqlInput(described: CapturedTable, isTable: boolean): MySqlInput {
  const { database, table, topic, topicPrefix, bigint, columns } = described;
  return { database, table, topic, topicPrefix, bigint, isTable, ...(columns === undefined ? {} : { columns }) };
}

function mustHavePrimaryKey({ database, table, primaryKey }: MySqlSourceTable<any, any>): void {
  if (primaryKey.length > 0) return;
  throw new MillraceError(
    'TOPOLOGY_INVALID',
    `Expected table ${database}.${table} to have a primary key, got none: read it with mysqlStream`,
  );
}

const READING = [
  'keySerde',
  'valueSerde',
  'timestampExtractor',
  'offsetReset',
  'store',
  'storage',
  'historyRetentionMs',
  'maxEntries',
] as const;

/** What of the options of a reader must be the same for all. */
function readingOf({ versioned, lru, ...options }: Partial<TableSourceOptions<any, any>>): Reading {
  return { ...options, historyRetentionMs: versioned?.historyRetentionMs, maxEntries: lru?.maxEntries };
}

/** A topic is read in one way: a second reader of it may leave that open, but not ask for another. */
function mustAgree(topic: string, first: Reading, second: Reading): void {
  for (const option of READING) {
    if (second[option] !== undefined && second[option] !== first[option]) {
      throw new MillraceError(
        'TOPOLOGY_TOPIC_TWICE',
        `Expected both readers of topic "${topic}" to have the same ${option}, got two`,
        { context: { topic } },
      );
    }
  }
}
