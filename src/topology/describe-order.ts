import { javaHashOrder } from './java-hash-order.ts';
import type { TopologyNode } from './node.ts';

/** In which order a sub-topology's nodes, and the names on either side of each, are written. */
export interface DescribeOrder {
  readonly nodes: readonly TopologyNode[];
  readonly childrenOf: ReadonlyMap<string, readonly string[]>;
  readonly parentsOf: ReadonlyMap<string, readonly string[]>;
}

/**
 * The order of Kafka Streams: what has more below it comes first, then names. While it connects the nodes, in the order of
 * a `HashMap`, it counts what is below each; the names on either side are put in order by the counts at that moment.
 */
export function describeOrder(members: readonly TopologyNode[]): DescribeOrder {
  const byName = new Map(members.map((node) => [node.name, node]));
  const sizes = new Map(members.map((node) => [node.name, 1]));
  const childrenOf = new Map<string, string[]>(members.map((node) => [node.name, []]));
  const parentsOf = new Map<string, string[]>(members.map((node) => [node.name, []]));
  const compare = (a: string, b: string): number =>
    (sizes.get(b) as number) - (sizes.get(a) as number) || (a < b ? -1 : 1);
  const insert = (list: string[], name: string): void => {
    const at = list.findIndex((other) => compare(name, other) < 0);
    list.splice(at === -1 ? list.length : at, 0, name);
  };
  const grow = (name: string, by: number): void => {
    sizes.set(name, (sizes.get(name) as number) + by);
    for (const parent of parentsOf.get(name) as string[]) grow(parent, by);
  };
  for (const name of javaHashOrder([...byName.keys()])) {
    for (const parent of byName.get(name)?.parents ?? []) {
      insert(parentsOf.get(name) as string[], parent);
      insert(childrenOf.get(parent) as string[], name);
      grow(parent, sizes.get(name) as number);
    }
  }
  return { nodes: members.toSorted((a, b) => compare(a.name, b.name)), childrenOf, parentsOf };
}
