import type { MaybePromise } from '../../../core/maybe-promise.ts';
import { stampAt } from '../../../core/stamp.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import { datumOf, StreamRecord, valueOf } from '../../../processor/stream-record.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import type { TimestampedDatum } from '../../../store/store.ts';
import { reuseDatum } from '../../reuse-datum.ts';
import type { ValueGetter, ValueGetterPlan } from '../../table-plan.ts';
import { rowHash, sameHash } from './row-hash.ts';
import type { SubscriptionResponse } from './subscription-response.ts';
import { instructions, type Subscription } from './subscription.ts';

/** What the end of a foreign-key join is told. */
export interface ResolveOptions<K, V, FK, FV, R> {
  readonly rows: ValueGetterPlan<K, V>;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  readonly foreignKeySerde: Serde<FK>;
  readonly foreignKey: (value: V, key: K) => FK | null;
  readonly join: (value: V, foreign: FV | null, key: K) => R;
  readonly left: boolean;
  /** The child that gets the results. */
  readonly resultNode: string;
  /** The child that sends subscriptions. */
  readonly askNode: string;
}

/**
 * Joins each answer with the left row as it is now. An answer to an earlier version of the row (its hash differs) is stale.
 *
 * A stale answer is dropped, since the present version has asked too. But an inner join asks for an answer only where the
 * foreign row is there, as Kafka Streams does; so a stale answer that says it is not there may be the only word of a result
 * that must go. Where the left row is gone too or has no foreign key, the result is deleted with the last answer to its subscription;
 * else the present version asks again, for an answer in any case. (Kafka Streams 4.3.1 drops these and keeps the outdated result.)
 *
 * It need not where the answer is about another foreign key than the present one and not the last: the row then left that
 * key for another, which asks for an answer in any case, or for none, which brings the last answer.
 */
export class ResolveResponses<K, V, FK, FV, R> extends ContextualProcessor<
  StreamRecord<K, SubscriptionResponse<FV>>,
  StreamRecord<K, R> | StreamRecord<FK, Subscription>
> {
  readonly #options: ResolveOptions<K, V, FK, FV, R>;
  #rows!: ValueGetter<K, V>;

  constructor(options: ResolveOptions<K, V, FK, FV, R>) {
    super();
    this.#options = options;
  }

  override init(context: ProcessorContext<StreamRecord<K, R> | StreamRecord<FK, Subscription>>): void {
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
    if (!sameHash(response.rowHash, currentHash)) return this.#stale(record, row);
    const { foreignRow } = response;
    if (row === null || (foreignRow === null && !left)) return this.#emit(record, null);
    const result = join(row.datum.value, valueOf(foreignRow), record.key);
    const same = foreignRow !== null && Object.is(result, foreignRow.value) ? foreignRow : row.datum;
    return this.#emit(record, reuseDatum(result, same) as Datum<R> | null);
  }

  #stale(record: StreamRecord<K, SubscriptionResponse<FV>>, row: TimestampedDatum<V> | null): MaybePromise<void> {
    this.context.recordDropped('stale foreign-key response');
    const { foreignRow, missingKey, isLast } = record.value;
    if (this.#options.left || foreignRow !== null) return;
    const foreignKey = this.#foreignKey(record, row);
    if (row === null || foreignKey === null) return isLast ? this.#emit(record, null) : undefined;
    if (missingKey !== null && !missingKey.equals(foreignKey.bytes(this.#options.foreignKeySerde))) return;
    return this.#askAgain(record, row, foreignKey);
  }

  #foreignKey(record: StreamRecord<K, unknown>, row: TimestampedDatum<V> | null): Datum<FK> | null {
    return row === null ? null : (datumOf(this.#options.foreignKey(row.datum.value, record.key)) as Datum<FK> | null);
  }

  #emit(record: StreamRecord<K, unknown>, result: Datum<R> | null): MaybePromise<void> {
    return this.context.forward(new StreamRecord(record.keyDatum, result, record.stamp), this.#options.resultNode);
  }

  #askAgain(
    record: StreamRecord<K, SubscriptionResponse<FV>>,
    row: TimestampedDatum<V>,
    foreignKey: Datum<FK>,
  ): MaybePromise<void> {
    const { keySerde, valueSerde, askNode } = this.#options;
    const subscription = Datum.ofValue<Subscription>({
      instruction: instructions.propagateNullIfNoForeignRow,
      rowHash: rowHash(row.datum.bytes(valueSerde)),
      primaryKey: (record.keyDatum as Datum<K>).bytes(keySerde),
      primaryPartition: this.context.taskId.partition,
    });
    const stamp = stampAt(record.stamp, Math.max(row.timestamp, record.timestamp));
    return this.context.forward(new StreamRecord(foreignKey, subscription, stamp), askNode);
  }
}
