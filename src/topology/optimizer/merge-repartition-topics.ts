import { TableWaits } from '../table-waits.ts';
import type { SinkNode, SourceNode, TopologyNode } from '../node.ts';
import type { RepartitionTopic, Topology } from '../topology.ts';
import { replaceGraph } from './replace-graph.ts';

/** A repartition topic of a stream and the nodes on both sides of it. */
interface Repartition {
  readonly topic: RepartitionTopic;
  /** The node whose records go through it, and the one between that and the sink. */
  readonly stream: string;
  readonly filter: string;
  readonly sink: SinkNode;
  readonly source: SourceNode;
}

/**
 * Sends a stream that is repartitioned several times for the same keys through one topic, the first, in place of one each.
 *
 * Only topics with the same serdes, number of partitions, partitioner, and way with records without a key are merged, and
 * only of the very same node: an operator between them that changes values may make what cannot be written the same way.
 */
export function mergeRepartitionTopics(topology: Topology): Topology {
  const kept: Repartition[] = [];
  const merged: { readonly from: Repartition; readonly into: Repartition }[] = [];
  for (const topic of topology.repartitionTopics.values()) {
    const repartition = repartitionOf(topology, topic);
    if (repartition === null) continue;
    const into = kept.find((other) => alike(other, repartition));
    if (into === undefined) kept.push(repartition);
    else merged.push({ from: repartition, into });
  }
  if (merged.length === 0) return topology;
  const nodes = new Map(topology.nodes);
  for (const { from, into } of merged) mergeNodes(nodes, from, into);
  const topics = new Map(merged.map(({ from, into }) => [from.topic.name, into.topic.name]));
  return replaceGraph(withoutTopics(topology, topics), nodes);
}

function repartitionOf(topology: Topology, topic: RepartitionTopic): Repartition | null {
  if (topic.mergeable === undefined) return null;
  const { stream, filter } = topic.mergeable;
  const nodes = [...topology.nodes.values()];
  const sinks = nodes.filter((node) => node.kind === 'sink' && node.topic === topic.name) as SinkNode[];
  const source = nodes.find((node) => node.kind === 'source' && node.topics.includes(topic.name)) as SourceNode;
  return sinks.length === 1 ? { topic, stream, filter, sink: sinks[0] as SinkNode, source } : null;
}

function alike(a: Repartition, b: Repartition): boolean {
  return (
    a.stream === b.stream &&
    a.topic.partitions === b.topic.partitions &&
    a.sink.keySerde === b.sink.keySerde &&
    a.sink.valueSerde === b.sink.valueSerde &&
    a.sink.partitioner === b.sink.partitioner &&
    a.topic.mergeable?.keepsNullKeys() === b.topic.mergeable?.keepsNullKeys()
  );
}

/** Takes the nodes of `from` out and hands the records of `into` to those that followed them. */
function mergeNodes(nodes: Map<string, TopologyNode>, from: Repartition, into: Repartition): void {
  const stream = nodes.get(from.stream) as TopologyNode;
  setLinks(nodes, stream.name, { children: stream.children.filter((name) => name !== from.filter) });
  const children = (nodes.get(from.source.name) as TopologyNode).children;
  const source = nodes.get(into.source.name) as TopologyNode;
  setLinks(nodes, source.name, { children: [...new Set([...source.children, ...children])] });
  for (const name of children) {
    const { parents } = nodes.get(name) as TopologyNode;
    const replaced = parents.map((parent) => (parent === from.source.name ? into.source.name : parent));
    setLinks(nodes, name, { parents: [...new Set(replaced)] });
  }
  for (const name of [from.filter, from.sink.name, from.source.name]) nodes.delete(name);
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
