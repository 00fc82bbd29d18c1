import { TableWaits } from '../table-waits.ts';
import type { SinkNode, SourceNode, TopologyNode } from '../node.ts';
import type { RepartitionTopic, Topology } from '../topology.ts';
import { replaceGraph } from './replace-graph.ts';

/** A repartition topic of a stream and the nodes on both sides of it. */
interface Repartition {
  readonly topic: RepartitionTopic;
  /** The node before the sink. */
  readonly filter: string;
  /** The nodes above that which only pass records on, the lowest first: they can do so behind the topic. */
  readonly path: readonly string[];
  /** The node above these. */
  readonly root: string;
  readonly sink: SinkNode;
  readonly source: SourceNode;
}

/**
 * Sends a stream that is repartitioned several times for the same keys through one topic, the first, in place of one each.
 *
 * Only topics with the same serdes, number of partitions, partitioner, and way with records without a key are merged. Filters
 * and peeks between the stream and the topics, where nothing else follows them, go behind the topic; any other operator
 * between them may make what cannot be written the same way.
 */
export function mergeRepartitionTopics(topology: Topology): Topology {
  const groups: Repartition[][] = [];
  for (const topic of topology.repartitionTopics.values()) {
    const repartition = repartitionOf(topology, topic);
    if (repartition === null) continue;
    const group = groups.find(([first]) => first !== undefined && alike(first, repartition));
    if (group === undefined) groups.push([repartition]);
    else group.push(repartition);
  }
  const merged = groups.filter((group) => group.length > 1);
  if (merged.length === 0) return topology;
  const nodes = new Map(topology.nodes);
  const topics = new Map<string, string>();
  for (const group of merged) {
    const [into, ...others] = group as [Repartition, ...Repartition[]];
    mergeNodes(nodes, into, group);
    for (const { topic } of others) topics.set(topic.name, into.topic.name);
  }
  return replaceGraph(withoutTopics(topology, topics), nodes);
}

function repartitionOf(topology: Topology, topic: RepartitionTopic): Repartition | null {
  if (topic.mergeable === undefined) return null;
  const { filter } = topic.mergeable;
  const nodes = [...topology.nodes.values()];
  const sinks = nodes.filter((node) => node.kind === 'sink' && node.topic === topic.name) as SinkNode[];
  if (sinks.length !== 1) return null;
  const source = nodes.find((node) => node.kind === 'source' && node.topics.includes(topic.name)) as SourceNode;
  const path: string[] = [];
  let root = parentOf(topology, filter);
  while (root.kind === 'processor' && root.passesOn === true && root.children.length === 1) {
    path.push(root.name);
    root = parentOf(topology, root.name);
  }
  return { topic, filter, path, root: root.name, sink: sinks[0] as SinkNode, source };
}

function parentOf(topology: Topology, name: string): TopologyNode {
  const [parent] = (topology.nodes.get(name) as TopologyNode).parents;
  return topology.nodes.get(parent as string) as TopologyNode;
}

function alike(a: Repartition, b: Repartition): boolean {
  return (
    a.root === b.root &&
    a.topic.partitions === b.topic.partitions &&
    a.sink.keySerde === b.sink.keySerde &&
    a.sink.valueSerde === b.sink.valueSerde &&
    a.sink.partitioner === b.sink.partitioner &&
    a.topic.mergeable?.keepsNullKeys() === b.topic.mergeable?.keepsNullKeys()
  );
}

/** Puts one repartition right below the root, and behind it all that followed those of the group. */
function mergeNodes(nodes: Map<string, TopologyNode>, into: Repartition, group: readonly Repartition[]): void {
  const tops = group.map(({ path, filter }) => path.at(-1) ?? filter);
  const behind: string[] = [];
  for (const { path, filter, sink, source } of group) {
    const followers = (nodes.get(source.name) as TopologyNode).children;
    const [lowest, highest] = [path[0], path.at(-1)];
    const parent = lowest ?? into.source.name;
    for (const name of followers) {
      const { parents } = nodes.get(name) as TopologyNode;
      const replaced = parents.map((other) => (other === source.name ? parent : other));
      setLinks(nodes, name, { parents: [...new Set(replaced)] });
    }
    if (lowest !== undefined) setLinks(nodes, lowest, { children: followers });
    if (highest !== undefined) setLinks(nodes, highest, { parents: [into.source.name] });
    behind.push(...(highest === undefined ? followers : [highest]));
    if (source !== into.source) for (const name of [filter, sink.name, source.name]) nodes.delete(name);
  }
  setLinks(nodes, into.source.name, { children: [...new Set(behind)] });
  setLinks(nodes, into.filter, { parents: [into.root] });
  const { children } = nodes.get(into.root) as TopologyNode;
  const replaced = children.map((name) => (tops.includes(name) ? into.filter : name));
  setLinks(nodes, into.root, { children: [...new Set(replaced)] });
}

function setLinks(
  nodes: Map<string, TopologyNode>,
  name: string,
  links: { readonly parents?: readonly string[]; readonly children?: readonly string[] },
): void {
  nodes.set(name, Object.freeze({ ...(nodes.get(name) as TopologyNode), ...links }));
}

function withoutTopics(topology: Topology, replacedBy: ReadonlyMap<string, string>): Topology {
  const nameOf = (topic: string): string => replacedBy.get(topic) ?? topic;
  const groups = topology.coPartitionGroups.map((group) => [...new Set(group.map(nameOf))]);
  const waits = new TableWaits();
  for (const { stream, tables } of topology.tableWaits) waits.add([nameOf(stream)], tables.map(nameOf));
  return {
    ...topology,
    repartitionTopics: new Map([...topology.repartitionTopics].filter(([name]) => !replacedBy.has(name))),
    coPartitionGroups: Object.freeze(groups.filter((group) => group.length > 1)),
    tableWaits: waits.freeze(),
  };
}
