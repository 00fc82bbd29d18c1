import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { ChangeRecord } from '../../processor/change-record.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import type { NamedOptions, StreamPlan } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';

/** The updates of a table as a stream: a record for every change, with a null value for a delete. */
export function toStream<K, V>(plan: TablePlan<K, V>, options: NamedOptions): StreamPlan<K, V> {
  const { context, keySerde, valueSerde, sources } = plan;
  const node = context.nodeName(options.name, 'KTABLE-TOSTREAM-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new ToStream<K, V>() });
  return { context, node, keySerde, valueSerde, sources, keyChanged: false };
}

class ToStream<K, V> extends ContextualProcessor<ChangeRecord<K, V>, StreamRecord<K, V>> {
  override process(record: ChangeRecord<K, V>): MaybePromise<void> {
    return this.context.forward(new StreamRecord(record.keyDatum, record.change.newValue, record.stamp));
  }
}
