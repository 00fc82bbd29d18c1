import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import { reuseDatum } from '../reuse-datum.ts';
import { type NamedOptions, rekeyedStream, type SerdeOptions, type StreamPlan } from '../stream-plan.ts';

/** Makes a new key and value of a record. */
export type KeyValueMapper<K, V, K2, V2> = (value: V, key: K) => readonly [key: K2, value: V2];

/** Replaces key and value of every record. The key may have changed: whatever needs it repartitions first. */
export function map<K, V, K2, V2>(
  plan: StreamPlan<K, V>,
  mapper: KeyValueMapper<K, V, K2, V2>,
  options: NamedOptions & SerdeOptions<K2, V2>,
): StreamPlan<K2, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-MAP-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new MapStream(mapper) });
  return rekeyedStream(plan, node, options);
}

class MapStream<K, V, K2, V2> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K2, V2>> {
  readonly #mapper: KeyValueMapper<K, V, K2, V2>;

  constructor(mapper: KeyValueMapper<K, V, K2, V2>) {
    super();
    this.#mapper = mapper;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    const [key, value] = this.#mapper(record.value, record.key);
    return this.context.forward(
      new StreamRecord<K2, V2>(
        reuseDatum<any>(key, record.keyDatum),
        reuseDatum<any>(value, record.valueDatum),
        record.stamp,
      ),
    );
  }
}
