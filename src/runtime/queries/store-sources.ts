import type { TopologyNode } from '../../topology/node.ts';
import type { Topology } from '../../topology/topology.ts';
import { topicNamesOf } from '../topics/topic-names.ts';

/** What a topic leads to. */
interface Reach {
  /** Whether it is read into the store without another topic between. */
  readonly isDirect: boolean;
  /** The repartition topics that it is passed on to, of those that lead to the store. */
  readonly next: readonly string[];
}

/** The topics that a store is made from, by their full names, and the way that records of each take to it. */
export class StoreSources {
  readonly #reach: ReadonlyMap<string, Reach>;

  constructor(topology: Topology, applicationId: string, store: string) {
    const topicName = topicNamesOf(topology, applicationId);
    const global = topology.globalTables.get(store);
    this.#reach =
      global === undefined
        ? reachOf(topology, topicName, store)
        : new Map([[global.topic, { isDirect: true, next: [] }]]);
  }

  /** All of them. */
  get topics(): readonly string[] {
    return [...this.#reach.keys()];
  }

  isUpstream(topic: string): boolean {
    return this.#reach.has(topic);
  }

  /** Whether the task of the store reads it, and what it reads gets to the store. */
  isDirect(topic: string): boolean {
    return this.#reach.get(topic)?.isDirect === true;
  }

  /** The repartition topics that records of it go on to on their way to the store. */
  passesOnTo(topic: string): readonly string[] {
    return this.#reach.get(topic)?.next ?? [];
  }
}

function reachOf(topology: Topology, topicName: (name: string) => string, store: string): ReadonlyMap<string, Reach> {
  const raw = new Map<string, { isDirect: boolean; next: Set<string> }>();
  for (const node of topology.nodes.values()) {
    if (node.kind !== 'source') continue;
    const below = nodesBelow(topology, node);
    const isDirect = below.some((each) => each.kind === 'processor' && each.stores.includes(store));
    const next = below.flatMap((each) =>
      each.kind === 'sink' && typeof each.topic === 'string' && topology.repartitionTopics.has(each.topic)
        ? topicName(each.topic)
        : [],
    );
    for (const topic of node.topics.map(topicName)) {
      const known = raw.get(topic);
      raw.set(topic, {
        isDirect: isDirect || known?.isDirect === true,
        next: new Set([...(known?.next ?? []), ...next]),
      });
    }
  }
  const leads = topicsThatLead(raw);
  return new Map(
    [...leads].map((topic) => {
      const { isDirect, next } = raw.get(topic) as { isDirect: boolean; next: Set<string> };
      return [topic, { isDirect, next: [...next].filter((each) => leads.has(each) && each !== topic) }];
    }),
  );
}

/** The topics from which something gets to the store. */
function topicsThatLead(raw: ReadonlyMap<string, { isDirect: boolean; next: ReadonlySet<string> }>): Set<string> {
  const leads = new Set<string>();
  let before = -1;
  while (leads.size > before) {
    before = leads.size;
    for (const [topic, { isDirect, next }] of raw) {
      if (isDirect || [...next].some((each) => leads.has(each))) leads.add(topic);
    }
  }
  return leads;
}

function nodesBelow(topology: Topology, from: TopologyNode): TopologyNode[] {
  const found = new Set<TopologyNode>([from]);
  for (const node of found) for (const child of node.children) found.add(topology.nodes.get(child) as TopologyNode);
  return [...found];
}
