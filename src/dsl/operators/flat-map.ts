import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import { datumOf, StreamRecord } from '../../processor/stream-record.ts';
import { type NamedOptions, rekeyedStream, type SerdeOptions, type StreamPlan } from '../stream-plan.ts';

/** Makes any number of keys and values of a record. */
export type FlatMapper<K, V, K2, V2> = (value: V, key: K) => readonly (readonly [key: K2, value: V2])[];

/** Replaces every record by any number of records with its timestamp and headers. Whatever needs the key repartitions first. */
export function flatMap<K, V, K2, V2>(
  plan: StreamPlan<K, V>,
  mapper: FlatMapper<K, V, K2, V2>,
  options: NamedOptions & SerdeOptions<K2, V2>,
): StreamPlan<K2, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-FLATMAP-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new FlatMapStream(mapper) });
  return rekeyedStream(plan, node, options);
}

class FlatMapStream<K, V, K2, V2> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K2, V2>> {
  readonly #mapper: FlatMapper<K, V, K2, V2>;

  constructor(mapper: FlatMapper<K, V, K2, V2>) {
    super();
    this.#mapper = mapper;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    return this.#forwardFrom(0, record, this.#mapper(record.value, record.key));
  }

  #forwardFrom(first: number, record: StreamRecord<K, V>, pairs: readonly (readonly [K2, V2])[]): MaybePromise<void> {
    for (let index = first; index < pairs.length; index++) {
      const [key, value] = pairs[index] as readonly [K2, V2];
      const pending = this.context.forward(new StreamRecord<K2, V2>(datumOf(key), datumOf(value), record.stamp));
      if (pending !== undefined) return pending.then(() => this.#forwardFrom(index + 1, record, pairs));
    }
  }
}
