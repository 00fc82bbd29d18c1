import type { Topology } from '../../topology/topology.ts';

/**
 * The topologies, each after those that write a topic it reads: a topology makes the topics that it writes to when it starts.
 * Otherwise the order stays; so it does in a circle, where nobody is first.
 */
export function startOrder(topologies: readonly Topology[]): readonly Topology[] {
  const ordered = new Set<Topology>();
  const visited = new Set<Topology>();
  const visit = (topology: Topology): void => {
    if (visited.has(topology)) return;
    visited.add(topology);
    for (const other of topologies) if (feeds(other, topology)) visit(other);
    ordered.add(topology);
  };
  for (const topology of topologies) visit(topology);
  return [...ordered];
}

/** Whether one writes a topic, by a name that is fixed, that the other reads. */
function feeds(writer: Topology, reader: Topology): boolean {
  const globalTopics = [...reader.globalTables.values()].map(({ topic }) => topic);
  const read = new Set([...reader.subTopologies.flatMap((part) => part.sourceTopics), ...globalTopics]);
  return [...writer.nodes.values()].some(
    (node) => node.kind === 'sink' && typeof node.topic === 'string' && read.has(node.topic),
  );
}
