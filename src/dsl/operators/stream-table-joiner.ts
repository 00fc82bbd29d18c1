import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../processor/processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import type { Datum } from '../../serde/datum.ts';
import type { TimestampedDatum } from '../../store/store.ts';
import { reuseDatum } from '../reuse-datum.ts';
import type { ValueGetter, ValueGetterPlan } from '../table-plan.ts';

/** Joins each record with the table's row at once: the current one, or of a versioned table that of the record's time. */
export class StreamTableJoiner<K, V, T, R> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, R>> {
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
    const row = keyDatum === null ? null : this.#rowAt(keyDatum, record.timestamp);
    return row instanceof Promise ? row.then((found) => this.#joinWith(record, found)) : this.#joinWith(record, row);
  }

  #rowAt(key: Datum<K>, time: number): MaybePromise<TimestampedDatum<T> | null> {
    return this.#rows.getAsOf === undefined ? this.#rows.get(key) : this.#rows.getAsOf(key, time);
  }

  #joinWith(record: StreamRecord<K, V>, row: TimestampedDatum<T> | null): MaybePromise<void> {
    if (row === null && !this.#left) return;
    const { keyDatum } = record;
    const valueDatum = record.valueDatum as Datum<V>;
    const result = this.#join(valueDatum.value, row === null ? null : row.datum.value, record.key);
    const joined = reuseDatum<any>(
      result,
      row === null || Object.is(result, valueDatum.value) ? valueDatum : row.datum,
    );
    return this.context.forward(new StreamRecord<K, R>(keyDatum, joined, record.stamp));
  }
}
