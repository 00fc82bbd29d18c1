import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { GlobalRows, ProcessorContext } from '../../processor/processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import type { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import type { GlobalTablePlan } from '../global-k-table.ts';
import { reuseDatum } from '../reuse-datum.ts';
import type { NamedOptions, StreamPlan } from '../stream-plan.ts';
import type { KeySelector } from './select-key.ts';

/** How a stream is joined with a global table. `Row` is the table's value, or null too for a left join. */
export interface StreamGlobalJoinOptions<K, V, GK, Row, R> extends NamedOptions {
  /** Chooses the key that is looked up; null finds nothing. */
  readonly key: KeySelector<K, V, GK | null>;
  /** Makes the result; null passes on as a null value. `key` is the stream's. */
  readonly join: (value: V, row: Row, key: K) => R;
  readonly valueSerde?: Serde<R>;
}

/**
 * Enriches each record of a stream with the row of a global table at that moment. Nothing is repartitioned: the row is
 * looked up by any key, and the stream keeps its own. Null values are dropped; a record without a row is dropped by `join`
 * and joined with null by `leftJoin`.
 */
export function joinStreamGlobal<K, V, GK, T, R>(
  stream: StreamPlan<K, V>,
  table: GlobalTablePlan<GK, T>,
  { left, options }: { left: boolean; options: StreamGlobalJoinOptions<K, V, GK, any, R> },
): StreamPlan<K, R> {
  const { context } = stream;
  // Kafka Streams calls inner joins so too.
  const node = context.nodeName(options.name, 'KSTREAM-LEFTJOIN-');
  const create = (): JoinStreamGlobal<K, V, GK, T, R> => new JoinStreamGlobal(table.store, { left, options });
  context.graph.addProcessor({ name: node, parents: [stream.node], create });
  if (left) context.keylessJoins.add(node);
  return { ...stream, node, valueSerde: options.valueSerde ?? null, updates: false };
}

class JoinStreamGlobal<K, V, GK, T, R> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, R>> {
  readonly #table: string;
  readonly #left: boolean;
  readonly #options: StreamGlobalJoinOptions<K, V, GK, T | null, R>;
  #rows!: GlobalRows<GK, T>;

  constructor(table: string, rest: { left: boolean; options: StreamGlobalJoinOptions<K, V, GK, T | null, R> }) {
    super();
    this.#table = table;
    this.#left = rest.left;
    this.#options = rest.options;
  }

  override init(context: ProcessorContext<StreamRecord<K, R>>): void {
    super.init(context);
    this.#rows = context.globalRows(this.#table);
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum } = record;
    if (valueDatum === null) return this.context.recordDropped('null value');
    const wanted = this.#options.key(record.value, record.key);
    const rowKey = reuseDatum(wanted, keyDatum) as Datum<GK> | null;
    if (rowKey === null && !this.#left) return this.context.recordDropped('null key');
    const row = rowKey === null ? null : this.#rows.get(rowKey);
    if (row === null && !this.#left) return;
    const result = this.#options.join(record.value, row === null ? null : row.datum.value, record.key);
    const given = row === null || Object.is(result, record.value) ? valueDatum : row.datum;
    return this.context.forward(new StreamRecord<K, R>(keyDatum, reuseDatum<any>(result, given), record.stamp));
  }
}
