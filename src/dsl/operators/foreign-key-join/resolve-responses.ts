import type { MaybePromise } from '../../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import { datumOf, StreamRecord, valueOf } from '../../../processor/stream-record.ts';
import type { Serde } from '../../../serde/serde.ts';
import type { ValueGetter, ValueGetterPlan } from '../../table-plan.ts';
import { rowHash, sameHash } from './row-hash.ts';
import type { SubscriptionResponse } from './subscription-response.ts';

/** What the end of a foreign-key join is told. */
export interface ResolveOptions<K, V, FV, R> {
  readonly rows: ValueGetterPlan<K, V>;
  readonly valueSerde: Serde<V>;
  readonly join: (value: V, foreign: FV | null, key: K) => R;
  readonly left: boolean;
}

/**
 * Joins each answer with the left row as it is now. An answer to an earlier version of the row (its hash differs) is
 * dropped: the answer to the present version is on its way.
 */
export class ResolveResponses<K, V, FV, R> extends ContextualProcessor<
  StreamRecord<K, SubscriptionResponse<FV>>,
  StreamRecord<K, R>
> {
  readonly #options: ResolveOptions<K, V, FV, R>;
  #rows!: ValueGetter<K, V>;

  constructor(options: ResolveOptions<K, V, FV, R>) {
    super();
    this.#options = options;
  }

  override init(context: ProcessorContext<StreamRecord<K, R>>): void {
    super.init(context);
    this.#rows = this.#options.rows.open(context as ProcessorContext<never>);
  }

  override process(record: StreamRecord<K, SubscriptionResponse<FV>>): MaybePromise<void> {
    const { keyDatum } = record;
    if (keyDatum === null) return this.context.recordDropped('null key');
    const { valueSerde, left, join } = this.#options;
    const response = record.value;
    const row = this.#rows.get(keyDatum);
    const currentHash = row === null ? null : rowHash(row.datum.bytes(valueSerde));
    if (!sameHash(response.rowHash, currentHash)) return this.context.recordDropped('stale foreign-key response');
    const joins = row !== null && (left || response.foreignRow !== null);
    const result = joins ? datumOf(join(row.datum.value, valueOf(response.foreignRow), record.key)) : null;
    return this.context.forward(new StreamRecord(keyDatum, result, record.stamp) as StreamRecord<K, R>);
  }
}
