import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { NamedOptions, StreamPlan } from '../stream-plan.ts';

/** Looks at a record. */
export type RecordAction<K, V> = (value: V, key: K) => void;

/** Calls the action with every record and passes the record on as it is. Called again for a record that is processed again. */
export function peek<K, V>(
  plan: StreamPlan<K, V>,
  action: RecordAction<K, V>,
  options: NamedOptions,
): StreamPlan<K, V> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-PEEK-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new Peek(action), passesOn: true });
  return { ...plan, node };
}

class Peek<K, V> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, V>> {
  readonly #action: RecordAction<K, V>;

  constructor(action: RecordAction<K, V>) {
    super();
    this.#action = action;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    this.#action(record.value, record.key);
    return this.context.forward(record);
  }
}
