import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { Serde } from '../../serde/serde.ts';
import type { NamedOptions, StreamPlan } from '../stream-plan.ts';

/** Makes a new value of a value; the key is to be read only. */
export type ValueMapper<K, V, V2> = (value: V, key: K) => V2;

/** Options of an operator that makes new values. */
export interface ValueOptions<V> extends NamedOptions {
  readonly valueSerde?: Serde<V>;
}

/** Replaces the value of every record, null values too; the key stays, so nothing is repartitioned. */
export function mapValuesStream<K, V, V2>(
  plan: StreamPlan<K, V>,
  mapper: ValueMapper<K, V, V2>,
  options: ValueOptions<V2>,
): StreamPlan<K, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-MAPVALUES-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new MapValuesStream(mapper) });
  return { ...plan, node, valueSerde: options.valueSerde ?? null };
}

class MapValuesStream<K, V, V2> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, V2>> {
  readonly #mapper: ValueMapper<K, V, V2>;

  constructor(mapper: ValueMapper<K, V, V2>) {
    super();
    this.#mapper = mapper;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    return this.context.forward(record.withValue(this.#mapper(record.value, record.key)));
  }
}
