import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { NamedOptions, StreamPlan } from '../stream-plan.ts';
import type { Predicate } from './filter-stream.ts';
import { PassThrough } from './pass-through.ts';

/** Predicates by branch name, tried in this order; `true` takes all that is left. */
export type Branches<K, V> = Readonly<{ [branch: string]: Predicate<K, V> | true }>;

/**
 * Sends every record to the first branch whose predicate holds; a record that no branch takes is dropped, as with
 * Kafka Streams' `noDefaultBranch`. The node of a branch is called after the split and the branch.
 */
export function split<K, V, B extends Branches<K, V>>(
  plan: StreamPlan<K, V>,
  branches: B,
  options: NamedOptions,
): { [Name in keyof B]: StreamPlan<K, V> } {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-BRANCH-');
  const targets = Object.entries(branches).map(([name, predicate]) => ({ name: `${node}-${name}`, predicate }));
  context.graph.addProcessor({ name: node, parents: [plan.node], create: () => new Split(targets) });
  const plans = Object.keys(branches).map((name): [string, StreamPlan<K, V>] => {
    const branch = `${node}-${name}`;
    context.graph.addProcessor({ name: branch, parents: [node], create: () => new PassThrough() });
    return [name, { ...plan, node: branch }];
  });
  return Object.fromEntries(plans) as { [Name in keyof B]: StreamPlan<K, V> };
}

interface Target<K, V> {
  readonly name: string;
  readonly predicate: Predicate<K, V> | true;
}

class Split<K, V> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K, V>> {
  readonly #targets: readonly Target<K, V>[];

  constructor(targets: readonly Target<K, V>[]) {
    super();
    this.#targets = targets;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    for (const { name, predicate } of this.#targets) {
      if (predicate === true || predicate(record.value, record.key)) return this.context.forward(record, name);
    }
    this.context.recordDropped('no branch');
  }
}
