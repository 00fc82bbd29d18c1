import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../processor/processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import type { Serde } from '../../serde/serde.ts';
import { reuseDatum } from '../reuse-datum.ts';
import type { StreamPlan } from '../stream-plan.ts';
import type { TablePlan, ValueGetter, ValueGetterPlan } from '../table-plan.ts';
import { repartitionIfNeeded } from './repartition.ts';

/** How a stream is joined with a table. `Row` is the table's value, or null too for a left join. */
export interface StreamTableJoinOptions<K, V, Row, R> {
  /** Makes the result; null passes on as a null value. */
  readonly join: (value: V, row: Row, key: K) => R;
  /** Names the node; required where the stream's key was changed, for the repartition topic. */
  readonly name?: string;
  readonly valueSerde?: Serde<R>;
  /**
   * At each start, reads the stream only when all that the table's topics had then is processed, so that a stream record
   * does not miss a row for being older than it, or read sooner. What is on its way to the table through repartition topics
   * is not waited for. Everything else that reads the stream's topics in this task waits too. Default false: records go by
   * their timestamps. TOPOLOGY_INVALID where streams wait for each other.
   *
   * @example orders.join(customers, { join: (order, customer) => ({ ...order, customer }), waitForTable: true });
   */
  readonly waitForTable?: boolean;
}

/**
 * Enriches each record of a stream with the table's row of its key at that moment; only the stream's records make results.
 *
 * Null values are dropped. A record without a row, or without a key, is dropped by `join` and joined with null by
 * `leftJoin`. Stream and table must have the same number of partitions.
 */
export function joinStreamTable<K, V, T, R>(
  stream: StreamPlan<K, V>,
  table: TablePlan<K, T>,
  { left, options }: { left: boolean; options: StreamTableJoinOptions<K, V, any, R> },
): StreamPlan<K, R> {
  const { context } = stream;
  const partitioned = repartitionIfNeeded(stream, options.name, left ? 'leftJoin' : 'join');
  const node = context.nodeName(options.name, left ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-');
  const getter = table.view.getter();
  const sources = [...new Set([...partitioned.sources, ...table.sources])];
  context.graph.addProcessor({
    name: node,
    parents: [partitioned.node],
    stores: getter.stores,
    create: () => new JoinStreamTable(getter, { left, join: options.join }),
  });
  if (left) context.keylessJoins.add(node);
  context.graph.coPartition(sources);
  if (options.waitForTable === true) context.graph.waitForTable(partitioned.sources, table.sources);
  return {
    context,
    node,
    keySerde: partitioned.keySerde ?? table.keySerde,
    valueSerde: options.valueSerde ?? null,
    sources,
    keyChanged: false,
    updates: false,
  };
}

class JoinStreamTable<K, V, T, R> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, R>> {
  readonly #getter: ValueGetterPlan<K, T>;
  readonly #left: boolean;
  readonly #join: (value: V, row: T | null, key: K) => R;
  #rows!: ValueGetter<K, T>;

  constructor(
    getter: ValueGetterPlan<K, T>,
    { left, join }: { left: boolean; join: (value: V, row: T | null, key: K) => R },
  ) {
    super();
    this.#getter = getter;
    this.#left = left;
    this.#join = join;
  }

  override init(context: ProcessorContext<StreamRecord<K, R>>): void {
    super.init(context);
    this.#rows = this.#getter.open(context as ProcessorContext<never>);
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum } = record;
    if (valueDatum === null) return this.context.recordDropped('null value');
    if (keyDatum === null && !this.#left) return this.context.recordDropped('null key');
    const row = keyDatum === null ? null : this.#rows.get(keyDatum);
    if (row === null && !this.#left) return;
    const result = this.#join(valueDatum.value, row === null ? null : row.datum.value, record.key);
    const joined = reuseDatum<any>(
      result,
      row === null || Object.is(result, valueDatum.value) ? valueDatum : row.datum,
    );
    return this.context.forward(new StreamRecord<K, R>(keyDatum, joined, record.stamp));
  }
}
