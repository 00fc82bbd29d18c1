import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import type { Serde } from '../../serde/serde.ts';
import { reuseDatum } from '../reuse-datum.ts';
import type { NamedOptions, StreamPlan } from '../stream-plan.ts';

/** Chooses a key; null is a record without one. */
export type KeySelector<K, V, K2> = (value: V, key: K) => K2;

/** Options of an operator that makes new keys. */
export interface KeyOptions<K> extends NamedOptions {
  readonly keySerde?: Serde<K>;
}

/** Gives every record another key. Whatever needs the key repartitions first. */
export function selectKey<K, V, K2>(
  plan: StreamPlan<K, V>,
  selector: KeySelector<K, V, K2>,
  options: KeyOptions<K2>,
): StreamPlan<K2, V> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-KEY-SELECT-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new SelectKey(selector) });
  return { ...plan, node, keySerde: options.keySerde ?? null, keyChanged: true, updates: false };
}

class SelectKey<K, V, K2> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K2, V>> {
  readonly #selector: KeySelector<K, V, K2>;

  constructor(selector: KeySelector<K, V, K2>) {
    super();
    this.#selector = selector;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    const key = reuseDatum<any>(this.#selector(record.value, record.key), record.keyDatum);
    return this.context.forward(new StreamRecord<K2, V>(key, record.valueDatum, record.stamp));
  }
}
