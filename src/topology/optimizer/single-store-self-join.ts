import type { TopologyNode } from '../node.ts';
import type { Topology } from '../topology.ts';
import { replaceGraph } from './replace-graph.ts';

/** Keeps the records of a stream that is joined with itself once, not once for each side (KIP-862). */
export function singleStoreSelfJoin(topology: Topology): Topology {
  const leftOut = new Set<string>();
  const nodes = new Map<string, TopologyNode>();
  for (const [name, node] of topology.nodes) {
    if (node.kind !== 'processor' || node.selfJoin === undefined) {
      nodes.set(name, node);
      continue;
    }
    const { selfJoin, ...rest } = node;
    leftOut.add(selfJoin.leavesOut);
    const stores = Object.freeze(node.stores.filter((store) => store !== selfJoin.leavesOut));
    nodes.set(name, Object.freeze({ ...rest, stores, create: selfJoin.create }));
  }
  if (leftOut.size === 0) return topology;
  const stores = new Map([...topology.stores].filter(([name]) => !leftOut.has(name)));
  return replaceGraph(topology, nodes, stores);
}
