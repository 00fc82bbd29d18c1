import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import { datumOf, StreamRecord } from '../../processor/stream-record.ts';
import type { StreamPlan } from '../stream-plan.ts';
import type { ValueMapper, ValueOptions } from './map-values-stream.ts';

/** Replaces every record by one for each value made of it; the key stays, so nothing is repartitioned. */
export function flatMapValues<K, V, V2>(
  plan: StreamPlan<K, V>,
  mapper: ValueMapper<K, V, readonly V2[]>,
  options: ValueOptions<V2>,
): StreamPlan<K, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-FLATMAPVALUES-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new FlatMapValuesStream(mapper) });
  return { ...plan, node, valueSerde: options.valueSerde ?? null, updates: false };
}

class FlatMapValuesStream<K, V, V2> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, V2>> {
  readonly #mapper: ValueMapper<K, V, readonly V2[]>;

  constructor(mapper: ValueMapper<K, V, readonly V2[]>) {
    super();
    this.#mapper = mapper;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    return this.#forwardFrom(0, record, this.#mapper(record.value, record.key));
  }

  #forwardFrom(first: number, record: StreamRecord<K, V>, values: readonly V2[]): MaybePromise<void> {
    for (let index = first; index < values.length; index++) {
      const value = datumOf(values[index] as V2);
      const pending = this.context.forward(new StreamRecord<K, V2>(record.keyDatum, value, record.stamp));
      if (pending !== undefined) return pending.then(() => this.#forwardFrom(index + 1, record, values));
    }
  }
}
