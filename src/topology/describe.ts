import { describeOrder, type DescribeOrder } from './describe-order.ts';
import { javaHashOrder } from './java-hash-order.ts';
import type { TopologyNode } from './node.ts';
import type { GlobalTable, SubTopology, Topology } from './topology.ts';

/** The graph in the text format of Kafka Streams' `Topology#describe`, so that its visualizers read it. */
export function describe(topology: Topology): string {
  const parts = topology.subTopologies.map((part) => describeSubTopology(part, topology.nodes));
  for (const table of topology.globalTables.values()) parts.push(describeGlobalTable(table, parts.length));
  return `Topologies:\n ${parts.map((part) => `  ${part}`).join('')}`;
}

function describeSubTopology(part: SubTopology, nodes: ReadonlyMap<string, TopologyNode>): string {
  const order = describeOrder(part.nodes.map((name) => nodes.get(name) as TopologyNode));
  return `Sub-topology: ${part.id}\n${order.nodes.map((node) => `    ${describeNode(node, order)}\n`).join('')}\n`;
}

function describeGlobalTable({ source, node, topic, store }: GlobalTable, id: number): string {
  const nodes = [
    `Source: ${source} (topics: [${topic}])\n      --> ${node}`,
    `Processor: ${node} (stores: [${store.name}])\n      --> none\n      <-- ${source}`,
  ];
  const heading = `Sub-topology: ${id} for global store (will not generate tasks)\n`;
  return heading + nodes.map((described) => `    ${described}\n`).join('');
}

function describeNode(node: TopologyNode, order: DescribeOrder): string {
  const above = `\n      <-- ${names(order.parentsOf.get(node.name))}`;
  const below = `\n      --> ${names(order.childrenOf.get(node.name))}`;
  switch (node.kind) {
    case 'source':
      return `Source: ${node.name} (topics: [${javaHashOrder(node.topics).join(', ')}])${below}`;
    case 'processor':
      return `Processor: ${node.name} (stores: [${javaHashOrder([...node.stores]).join(', ')}])${below}${above}`;
    case 'sink': {
      const topic = typeof node.topic === 'string' ? `topic: ${node.topic}` : 'extractor class: TopicNameExtractor';
      return `Sink: ${node.name} (${topic})${above}`;
    }
  }
}

function names(list: readonly string[] = []): string {
  return list.length === 0 ? 'none' : list.join(', ');
}
