import { datumOf, valueOf } from '../../../processor/stream-record.ts';
import { Datum } from '../../../serde/datum.ts';
import { json } from '../../../serde/json-serde.ts';
import type { Serde } from '../../../serde/serde.ts';
import { reuseDatum } from '../../reuse-datum.ts';
import type { AggregateOptions, AggregationOptions } from '../aggregate-stream.ts';
import type { Reducer } from '../reduce-stream.ts';

/** Combines the aggregates of two sessions that a record joins into one. `a` is the older. */
export type Merger<K, A> = (a: A, b: A, key: K) => A | null;

/** How the values in a window are folded. A null datum stands for null: values may be that, and aggregates begin so. */
export interface WindowFold<K, V, A> {
  /** The aggregate of a window that has none. */
  readonly initial: () => Datum<A> | null;
  /** The aggregate with one more value; null forgets the window. */
  readonly next: (aggregate: Datum<A> | null, value: Datum<V> | null, key: Datum<K>) => Datum<A> | null;
  /** One aggregate of those of two sessions. */
  readonly merge: (a: Datum<A> | null, b: Datum<A>, key: Datum<K>) => Datum<A> | null;
  readonly valueSerde: Serde<A> | null;
}

const NONE = Datum.ofValue(0);

/** Counts records, those without a value too. */
export function countFold<K, V>({ valueSerde }: AggregationOptions<number>): WindowFold<K, V, number> {
  return {
    initial: () => NONE,
    next: (count) => Datum.ofValue(count === null ? 1 : count.value + 1),
    merge: (a, b) => (a === null ? b : Datum.ofValue(a.value + b.value)),
    valueSerde: valueSerde ?? json<number>(),
  };
}

/** Combines values; the first is taken as it is. The sessions that a record joins are combined by the same reducer. */
export function reduceFold<K, V>(reducer: Reducer<V>, valueSerde: Serde<V> | null): WindowFold<K, V, V> {
  const combine = (aggregate: Datum<V> | null, value: Datum<V> | null): Datum<V> | null => {
    if (aggregate === null) return value;
    return reuseDatum<any>(reducer(aggregate.value, valueOf(value) as V), value);
  };
  return { initial: () => null, next: combine, merge: combine, valueSerde };
}

/** Folds values from an initial one. Without a merger it cannot do sessions. */
export function aggregateFold<K, V, A>(
  { initializer, aggregator, valueSerde }: AggregateOptions<K, V, A>,
  merger: Merger<K, A> | null,
): WindowFold<K, V, A> {
  return {
    initial: () => datumOf(initializer()) as Datum<A> | null,
    next: (aggregate, value, key) =>
      datumOf(aggregator(valueOf(aggregate) as A, valueOf(value) as V, key.value)) as Datum<A> | null,
    merge: (a, b, key) =>
      merger === null ? null : (datumOf(merger(valueOf(a) as A, b.value, key.value)) as Datum<A> | null),
    valueSerde: valueSerde ?? null,
  };
}
