import type { TopologyNode } from './node.ts';
import type { GlobalTable, SubTopology, Topology } from './topology.ts';

/** The graph in the text format of Kafka Streams' `Topology#describe`, so that its visualizers read it. */
export function describe(topology: Topology): string {
  const parts = topology.subTopologies.map((part) => describeSubTopology(part, topology.nodes));
  for (const table of topology.globalTables.values()) parts.push(describeGlobalTable(table, parts.length));
  return `Topologies:\n ${parts.map((part) => `  ${part}\n`).join('')}`;
}

function describeSubTopology(part: SubTopology, nodes: ReadonlyMap<string, TopologyNode>): string {
  const members = part.nodes.map((name) => nodes.get(name) as TopologyNode);
  const sizes = subtreeSizes(members);
  const size = (node: TopologyNode): number => sizes.get(node.name) as number;
  const inOrder = members.toSorted((a, b) => size(b) - size(a) || (a.name < b.name ? -1 : 1));
  return `Sub-topology: ${part.id}\n${inOrder.map((node) => `    ${describeNode(node)}\n`).join('')}`;
}

function describeGlobalTable({ source, node, topic, store }: GlobalTable, id: number): string {
  const nodes = [
    `Source: ${source} (topics: [${topic}])\n      --> ${node}`,
    `Processor: ${node} (stores: [${store.name}])\n      --> none\n      <-- ${source}`,
  ];
  const heading = `Sub-topology: ${id} for global-store (will not generate tasks)\n`;
  return heading + nodes.map((described) => `    ${described}\n`).join('');
}

/** The number of paths from a node to every node below it: Kafka Streams lists the nodes with more below them first. */
function subtreeSizes(members: readonly TopologyNode[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const node of members.toReversed()) {
    sizes.set(node.name, 1 + node.children.reduce((sum, child) => sum + (sizes.get(child) ?? 0), 0));
  }
  return sizes;
}

function describeNode(node: TopologyNode): string {
  switch (node.kind) {
    case 'source':
      return `Source: ${node.name} (topics: [${node.topics.join(', ')}])\n      --> ${names(node.children)}`;
    case 'processor':
      return `Processor: ${node.name} (stores: [${[...node.stores].sort().join(', ')}])\n      --> ${names(node.children)}\n      <-- ${names(node.parents)}`;
    case 'sink': {
      const topic = typeof node.topic === 'string' ? `topic: ${node.topic}` : 'extractor class: TopicNameExtractor';
      return `Sink: ${node.name} (${topic})\n      <-- ${names(node.parents)}`;
    }
  }
}

function names(list: readonly string[]): string {
  return list.length === 0 ? 'none' : [...list].sort().join(', ');
}
