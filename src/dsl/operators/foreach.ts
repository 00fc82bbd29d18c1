import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { NamedOptions, StreamPlan } from '../stream-plan.ts';
import type { RecordAction } from './peek.ts';

/** Calls the action with every record, and ends there. Called again for a record that is processed again. */
export function foreach<K, V>(plan: StreamPlan<K, V>, action: RecordAction<K, V>, options: NamedOptions): void {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-FOREACH-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new Foreach(action) });
}

class Foreach<K, V> extends ContextualProcessor<StreamRecord<K, V>, never> {
  readonly #action: RecordAction<K, V>;

  constructor(action: RecordAction<K, V>) {
    super();
    this.#action = action;
  }

  override process(record: StreamRecord<K, V>): void {
    this.#action(record.value, record.key);
  }
}
