import { internalTopicName } from './topology.ts';
import type { TopologyNode } from './node.ts';
import type { Topology } from './topology.ts';

/** The graph as a Mermaid flowchart: topics as stadiums, stores as cylinders, a box for each sub-topology. */
export function mermaid(topology: Topology): string {
  const ids = new Map<string, string>();
  const id = (key: string): string => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const made = `n${ids.size}`;
    ids.set(key, made);
    return made;
  };
  const topic = (name: string): string =>
    topology.repartitionTopics.has(name) ? internalTopicName(topology.name, name) : name;
  const lines = ['flowchart TD'];
  for (const part of topology.subTopologies) {
    lines.push(`  subgraph s${part.id} ["Sub-topology ${part.id}"]`);
    for (const name of part.nodes) lines.push(`    ${id(`node ${name}`)}["${escape(name)}"]`);
    for (const store of part.stores) lines.push(`    ${id(`store ${store}`)}[("${escape(store)}")]`);
    lines.push('  end');
  }
  const edges = [...topology.nodes.values()].flatMap((node) => edgesOf(node, topic));
  const topics = new Set(edges.flat().filter((end) => end.startsWith('topic ')));
  for (const end of topics) lines.push(`  ${id(end)}(["${escape(end.slice('topic '.length))}"])`);
  for (const [from, to] of edges) lines.push(`  ${id(from)} --> ${id(to)}`);
  return `${lines.join('\n')}\n`;
}

/** The arrows that begin or end at a node, between keys `node …`, `store …` and `topic …`. */
function edgesOf(node: TopologyNode, topic: (name: string) => string): readonly [string, string][] {
  const self = `node ${node.name}`;
  const down = node.children.map((child): [string, string] => [self, `node ${child}`]);
  switch (node.kind) {
    case 'source':
      return [...node.topics.map((name): [string, string] => [`topic ${topic(name)}`, self]), ...down];
    case 'processor':
      return [...node.stores.map((store): [string, string] => [self, `store ${store}`]), ...down];
    case 'sink':
      return [[self, `topic ${typeof node.topic === 'string' ? topic(node.topic) : '(chosen by record)'}`]];
  }
}

function escape(label: string): string {
  return label.replaceAll('"', '#quot;');
}
