import type { StoreSpec } from '../store/store.ts';
import type { TopologyNode } from './node.ts';
import type { SubTopology } from './topology.ts';

/**
 * Splits a graph into its connected parts: nodes joined by an edge or by a shared store belong together.
 *
 * Numbered as Kafka Streams does (`InternalTopologyBuilder.makeNodeGroups`): in the order in which their first nodes were
 * added, so that what is upstream has the lower number.
 */
export function subTopologiesOf(
  nodes: ReadonlyMap<string, TopologyNode>,
  stores: ReadonlyMap<string, StoreSpec>,
): readonly SubTopology[] {
  const groups = new Groups(nodes.keys());
  const firstUser = new Map<string, string>();
  for (const node of nodes.values()) {
    for (const child of node.children) groups.unite(node.name, child);
    for (const store of node.kind === 'processor' ? node.stores : []) {
      const user = firstUser.get(store);
      if (user === undefined) firstUser.set(store, node.name);
      else groups.unite(user, node.name);
    }
  }
  const idOf = new Map<string, number>();
  for (const name of nodes.keys()) {
    const root = groups.root(name);
    if (!idOf.has(root)) idOf.set(root, idOf.size);
  }
  const members: string[][] = Array.from({ length: idOf.size }, () => []);
  for (const name of parentsFirst(nodes)) members[idOf.get(groups.root(name)) as number]?.push(name);
  return Object.freeze(members.map((names, id) => subTopology({ id, names, nodes, stores })));
}

function subTopology(part: {
  id: number;
  names: readonly string[];
  nodes: ReadonlyMap<string, TopologyNode>;
  stores: ReadonlyMap<string, StoreSpec>;
}): SubTopology {
  const members = part.names.map((name) => part.nodes.get(name) as TopologyNode);
  const used = new Set(members.flatMap((node) => (node.kind === 'processor' ? node.stores : [])));
  return Object.freeze({
    id: part.id,
    nodes: Object.freeze([...part.names]),
    stores: Object.freeze([...part.stores.keys()].filter((name) => used.has(name))),
    sourceTopics: Object.freeze([...new Set(members.flatMap((node) => (node.kind === 'source' ? node.topics : [])))]),
  });
}

/** The names of all nodes, each after its parents. */
function parentsFirst(nodes: ReadonlyMap<string, TopologyNode>): readonly string[] {
  const done = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name)) return;
    for (const parent of nodes.get(name)?.parents ?? []) visit(parent);
    done.add(name);
  };
  for (const name of nodes.keys()) visit(name);
  return [...done];
}

/** Disjoint sets of names. */
class Groups {
  readonly #parent: Map<string, string>;

  constructor(names: Iterable<string>) {
    this.#parent = new Map([...names].map((name) => [name, name]));
  }

  root(name: string): string {
    let current = name;
    for (let up = this.#parent.get(current); up !== undefined && up !== current; up = this.#parent.get(current))
      current = up;
    return current;
  }

  unite(a: string, b: string): void {
    this.#parent.set(this.root(b), this.root(a));
  }
}
