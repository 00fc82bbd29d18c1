import type { NamedOptions, StreamPlan } from '../stream-plan.ts';
import { PassThrough } from './pass-through.ts';

/** Both streams in one; the order of each is kept, none is promised between them. A stream merged with itself is itself. */
export function merge<K, V, V2>(
  left: StreamPlan<K, V>,
  right: StreamPlan<K, V2>,
  options: NamedOptions,
): StreamPlan<K, V | V2> {
  const { context } = left;
  const node = context.nodeName(options.name, 'KSTREAM-MERGE-');
  context.graph.addProcessor({
    name: node,
    parents: [...new Set([left.node, right.node])],
    create: () => new PassThrough(),
  });
  return {
    context,
    node,
    keySerde: left.keySerde === right.keySerde ? left.keySerde : null,
    valueSerde: (left.valueSerde as unknown) === right.valueSerde ? left.valueSerde : null,
    sources: [...new Set([...left.sources, ...right.sources])],
    keyChanged: left.keyChanged || right.keyChanged,
    updates: false,
  };
}
