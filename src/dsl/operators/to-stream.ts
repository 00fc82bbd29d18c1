import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { ChangeRecord } from '../../processor/change-record.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import type { StreamPlan } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import { selectKey, type KeyOptions, type KeySelector } from './select-key.ts';

/** How the updates of a table become a stream. */
export interface ToStreamOptions<K, V, K2> extends KeyOptions<K2> {
  /** Chooses the key of each record; absent, the row's. Called for deletes too. */
  readonly key?: KeySelector<K, V | null, K2>;
}

/** The updates of a table as a stream: a record for every change, with a null value for a delete. */
export function toStream<K, V, K2>(
  plan: TablePlan<K, V>,
  options: ToStreamOptions<K, V, K2>,
): StreamPlan<K2, V | null> {
  const { context, keySerde, sources } = plan;
  const { key: selector, ...keyOptions } = options;
  const node = context.nodeName(options.name, 'KTABLE-TOSTREAM-');
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new ToStream<K, V>() });
  const valueSerde = plan.valueSerde as StreamPlan<K, V | null>['valueSerde'];
  const stream: StreamPlan<K, V | null> = {
    context,
    node,
    keySerde,
    valueSerde,
    sources,
    keyChanged: false,
    updates: true,
  };
  if (selector === undefined) return stream as unknown as StreamPlan<K2, V | null>;
  return selectKey(stream, selector, options.name === undefined ? keyOptions : { ...keyOptions, name: `${node}-key` });
}

class ToStream<K, V> extends ContextualProcessor<ChangeRecord<K, V>, StreamRecord<K, V>> {
  override process(record: ChangeRecord<K, V>): MaybePromise<void> {
    return this.context.forward(new StreamRecord(record.keyDatum, record.change.newValue, record.stamp));
  }
}
