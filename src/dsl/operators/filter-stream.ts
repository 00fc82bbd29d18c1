import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { NamedOptions, StreamPlan } from '../stream-plan.ts';

/** Decides about a record. */
export type Predicate<K, V> = (value: V, key: K) => boolean;

/** Keeps the records for which the predicate is `keep`; null keys and values are passed to it like any other. */
export function filterStream<K, V>(
  plan: StreamPlan<K, V>,
  { predicate, keep }: { predicate: Predicate<K, V>; keep: boolean },
  options: NamedOptions,
): StreamPlan<K, V> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-FILTER-');
  const create = (): FilterStream<K, V> => new FilterStream(predicate, keep);
  context.graph.addProcessor({ name: node, parents: [plan.node], create, passesOn: true });
  return { ...plan, node };
}

class FilterStream<K, V> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, V>> {
  readonly #predicate: Predicate<K, V>;
  readonly #keep: boolean;

  constructor(predicate: Predicate<K, V>, keep: boolean) {
    super();
    this.#predicate = predicate;
    this.#keep = keep;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    if (this.#predicate(record.value, record.key) === this.#keep) return this.context.forward(record);
  }
}
