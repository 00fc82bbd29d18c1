import type { StoreSpec } from '../../store/store.ts';
import type { TopologyNode } from '../node.ts';
import { subTopologiesOf } from '../sub-topologies.ts';
import type { Topology } from '../topology.ts';

/** The topology with other nodes and stores, and the sub-topologies that follow from them. */
export function replaceGraph(
  topology: Topology,
  nodes: ReadonlyMap<string, TopologyNode>,
  stores: ReadonlyMap<string, StoreSpec> = topology.stores,
): Topology {
  return Object.freeze({ ...topology, nodes, stores, subTopologies: subTopologiesOf(nodes, stores) });
}
