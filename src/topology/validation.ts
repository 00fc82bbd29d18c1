import { MillraceError } from '../core/millrace-error.ts';
import type { StoreSpec } from '../store/store.ts';
import type { SinkNode, SourceNode, TopologyNode } from './node.ts';

/**
 * Refuses a graph that cannot run as written: an unusable name, no source, a topic read twice, a store unknown or used by
 * nobody, a circle of nodes or through a topic.
 */
export function validate(
  name: string,
  nodes: ReadonlyMap<string, TopologyNode>,
  stores: ReadonlyMap<string, StoreSpec>,
): void {
  checkName(name);
  const all = [...nodes.values()];
  const sources = all.filter((node) => node.kind === 'source');
  if (sources.length === 0)
    throw new MillraceError('TOPOLOGY_INVALID', `Expected topology "${name}" to read at least one topic, got none`);
  checkTopicsReadOnce(sources);
  checkStores(all, stores);
  checkCircles(nodes);
}

function checkName(name: string): void {
  if (!/^[A-Za-z0-9._-]{1,120}$/.test(name) || name === '.' || name === '..') {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected the name of a topology to be 1 to 120 letters, digits, ".", "_" or "-" (it names topics and directories), got "${name}"`,
    );
  }
}

function checkTopicsReadOnce(sources: readonly SourceNode[]): void {
  const readers = new Map<string, string>();
  for (const source of sources) {
    for (const topic of source.topics) {
      const other = readers.get(topic);
      if (other !== undefined) {
        throw new MillraceError(
          'TOPOLOGY_TOPIC_TWICE',
          `Expected topic "${topic}" to be read by one source, got "${other}" and "${source.name}"`,
        );
      }
      readers.set(topic, source.name);
    }
  }
}

function checkStores(nodes: readonly TopologyNode[], stores: ReadonlyMap<string, StoreSpec>): void {
  const used = new Set<string>();
  for (const node of nodes) {
    for (const store of node.kind === 'processor' ? node.stores : []) {
      if (!stores.has(store)) {
        throw new MillraceError(
          'TOPOLOGY_UNKNOWN_STORE',
          `Expected a store "${store}" for node "${node.name}", got none of that name`,
        );
      }
      used.add(store);
    }
  }
  for (const store of stores.keys()) {
    if (!used.has(store))
      throw new MillraceError(
        'TOPOLOGY_INVALID',
        `Expected store "${store}" to be used by a processor, got none that does`,
      );
  }
}

/**
 * A circle of nodes, or a sink that feeds a source of the graph upstream of itself: each record would go round for ever.
 * Internal topics are edges here too; a sink whose topic is chosen at run time is not followed.
 */
function checkCircles(nodes: ReadonlyMap<string, TopologyNode>): void {
  const sourceOf = new Map<string, string>();
  for (const node of nodes.values()) {
    if (node.kind === 'source') for (const topic of node.topics) sourceOf.set(topic, node.name);
  }
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') throw circle([...path.slice(path.indexOf(name)), name]);
    state.set(name, 'open');
    path.push(name);
    for (const next of successors(nodes.get(name) as TopologyNode, sourceOf)) visit(next);
    path.pop();
    state.set(name, 'done');
  };
  for (const name of nodes.keys()) visit(name);
}

function successors(node: TopologyNode, sourceOf: ReadonlyMap<string, string>): readonly string[] {
  return node.kind === 'sink' ? fedSource(node, sourceOf) : node.children;
}

function fedSource(sink: SinkNode, sourceOf: ReadonlyMap<string, string>): readonly string[] {
  const source = typeof sink.topic === 'string' && sink.feedback !== true ? sourceOf.get(sink.topic) : undefined;
  return source === undefined ? [] : [source];
}

function circle(path: readonly string[]): MillraceError {
  return new MillraceError('TOPOLOGY_CYCLE', `Expected records to flow one way, got a circle: ${path.join(' -> ')}`);
}
