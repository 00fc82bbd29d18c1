import { MillraceError } from '../core/millrace-error.ts';
import { ROWS, type StoreSpec } from '../store/store.ts';
import type { ProcessorNode, SinkNode, SourceNode, TopologyNode } from './node.ts';
import { subTopologiesOf } from './sub-topologies.ts';
import { TableWaits } from './table-waits.ts';
import type { GlobalTable, MySqlInput, RepartitionTopic, Topology } from './topology.ts';
import { validate } from './validation.ts';

type Links = 'kind' | 'parents' | 'children';

/** What a source is made of. */
export type NewSource = Omit<SourceNode, Links>;
/** What the source of an internal topic is made of. */
export type NewRepartitionSource = Pick<NewSource, 'name' | 'keySerde' | 'valueSerde'> & { readonly topic: string };
/** What a processor is made of, and the nodes it follows. */
export type NewProcessor = Omit<ProcessorNode, Links | 'stores'> & {
  readonly parents: readonly string[];
  readonly stores?: readonly string[];
};
/** What a sink is made of, and the nodes it follows. */
export type NewSink = Omit<SinkNode, Links> & { readonly parents: readonly string[] };

/** Collects nodes, stores and internal topics, and freezes them into a `Topology`. The low-level API below the DSL. */
export class TopologyBuilder {
  readonly #nodes = new Map<string, TopologyNode>();
  readonly #stores = new Map<string, StoreSpec>();
  readonly #globalTables = new Map<string, GlobalTable>();
  readonly #repartitionTopics = new Map<string, RepartitionTopic>();
  readonly #mirroredSources = new Map<string, string>();
  readonly #coPartitionGroups: (readonly string[])[] = [];
  readonly #tableWaits = new TableWaits();
  readonly #capturedTables = new Map<string, MySqlInput>();
  #built = false;

  addSource(source: NewSource): void {
    this.#add({ ...source, kind: 'source', parents: [], children: [] });
  }

  /** Adds the source of an internal topic: with the records' own timestamps, from the beginning. */
  addRepartitionSource({ topic, ...source }: NewRepartitionSource): void {
    this.addSource({ ...source, topics: [topic], timestampExtractor: null, offsetReset: 'earliest' });
  }

  /** Throws TOPOLOGY_INVALID for a parent that is not there or is a sink. */
  addProcessor(processor: NewProcessor): void {
    this.#add({ ...processor, stores: processor.stores ?? [], kind: 'processor', children: [] });
  }

  /** Throws TOPOLOGY_INVALID for a parent that is not there or is a sink. */
  addSink(sink: NewSink): void {
    this.#add({ ...sink, kind: 'sink', children: [] });
  }

  /** Adds a store; which processors may use it is said by `connectStores`. */
  addStore(spec: StoreSpec<any, any>): void {
    this.#mustBeOpen();
    this.#mustBeNewStore(spec.name);
    this.#stores.set(spec.name, Object.freeze({ ...spec }));
  }

  /** The names of a store and of those that it is read with. Throws TOPOLOGY_INVALID where there is none. */
  storeNames(name: string): readonly string[] {
    const spec = this.#stores.get(name);
    if (spec === undefined) {
      throw new MillraceError(
        'TOPOLOGY_INVALID',
        `Expected a store of the topology (${[...this.#stores.keys()].join(', ')}), got "${name}"`,
      );
    }
    const { shape = ROWS } = spec;
    if (shape.kind === 'versioned') return [name, shape.history];
    return shape.kind === 'key-value' || shape.index === null ? [name] : [name, shape.index];
  }

  /** Adds a table that every instance reads in full, and that every processor can read. */
  addGlobalTable(table: Omit<GlobalTable, 'store'> & { readonly store: StoreSpec<any, any> }): void {
    this.#mustBeOpen();
    this.#mustBeNewStore(table.store.name);
    this.#globalTables.set(table.store.name, Object.freeze({ ...table, store: Object.freeze({ ...table.store }) }));
  }

  /** Says that a store holds the last record of each key of a source, just as the source reads it. */
  mirrorSource(store: string, source: string): void {
    this.#mustBeOpen();
    this.#mirroredSources.set(store, source);
  }

  /** Lets a processor use stores. Connecting twice is no error. */
  connectStores(node: string, stores: readonly string[]): void {
    this.#mustBeOpen();
    const processor = this.#nodes.get(node);
    if (processor?.kind !== 'processor') {
      throw new MillraceError(
        'TOPOLOGY_INVALID',
        `Expected "${node}" to be a processor, got ${processor?.kind ?? 'no such node'}`,
      );
    }
    this.#nodes.set(node, { ...processor, stores: [...new Set([...processor.stores, ...stores])] });
  }

  /** Declares a topic between two sub-topologies. */
  addRepartitionTopic(topic: RepartitionTopic): void {
    this.#mustBeOpen();
    if (this.#repartitionTopics.has(topic.name)) {
      throw new MillraceError(
        'TOPOLOGY_DUPLICATE_NAME',
        `Expected each repartition topic to have its own name, got "${topic.name}" twice`,
      );
    }
    this.#repartitionTopics.set(topic.name, Object.freeze({ ...topic }));
  }

  /** Says that the topics of these sources must have the same number of partitions. */
  coPartition(sources: readonly string[]): void {
    this.#mustBeOpen();
    const topics = this.#topicsOf(sources);
    if (topics.length > 1) this.#coPartitionGroups.push(Object.freeze([...new Set(topics)]));
  }

  /** Has the topics of a stream's sources wait, at the start, for those of a table's. */
  waitForTable(streamSources: readonly string[], tableSources: readonly string[]): void {
    this.#mustBeOpen();
    this.#tableWaits.add(this.#topicsOf(streamSources), this.#topicsOf(tableSources));
  }

  /** Says that a topic is to be filled from MySQL. */
  captureTable(table: MySqlInput): void {
    this.#mustBeOpen();
    const isTable = table.isTable || this.#capturedTables.get(table.topic)?.isTable === true;
    this.#capturedTables.set(table.topic, Object.freeze({ ...table, isTable }));
  }

  /** The names of all nodes that records of this one can reach, internal topics included. */
  downstreamOf(name: string): ReadonlySet<string> {
    const reached = new Set<string>();
    const visit = (from: string): void => {
      for (const next of this.#successors(from)) {
        if (reached.has(next)) continue;
        reached.add(next);
        visit(next);
      }
    };
    visit(name);
    return reached;
  }

  /** Freezes the graph. Throws the errors of `validate`. Afterwards nothing more may be added. */
  build(name: string): Topology {
    this.#mustBeOpen();
    this.#built = true;
    const nodes = new Map([...this.#nodes].map(([key, node]) => [key, freezeNode(node)]));
    validate(name, nodes, this.#stores);
    return Object.freeze({
      name,
      nodes,
      stores: new Map(this.#stores),
      globalTables: new Map(this.#globalTables),
      subTopologies: subTopologiesOf(nodes, this.#stores),
      repartitionTopics: new Map(this.#repartitionTopics),
      mirroredTopics: this.#mirroredTopics(),
      sourceChangelogs: new Map(),
      coPartitionGroups: Object.freeze([...this.#coPartitionGroups]),
      tableWaits: this.#tableWaits.freeze(),
      mysqlTables: Object.freeze([...this.#capturedTables.values()]),
    });
  }

  #topicsOf(sources: readonly string[]): string[] {
    return sources.flatMap((name) => {
      const node = this.#nodes.get(name);
      return node?.kind === 'source' ? node.topics : [];
    });
  }

  #add(node: TopologyNode): void {
    this.#mustBeOpen();
    if (this.#nodes.has(node.name)) {
      throw new MillraceError(
        'TOPOLOGY_DUPLICATE_NAME',
        `Expected each node to have its own name, got "${node.name}" twice`,
      );
    }
    for (const parent of node.parents) this.#link(parent, node.name);
    this.#nodes.set(node.name, node);
  }

  /** Leaves out topics whose records from the beginning are not the store's: other times, or a later start. */
  #mirroredTopics(): ReadonlyMap<string, string> {
    const topics = new Map<string, string>();
    for (const [store, name] of this.#mirroredSources) {
      const source = this.#nodes.get(name);
      if (source?.kind !== 'source' || source.topics.length !== 1) continue;
      // What a store that was migrated got from its topic is not what the topic has.
      if (this.#stores.get(store)?.migrations !== undefined) continue;
      const topic = source.topics[0] as string;
      const asRead = source.timestampExtractor === null && source.offsetReset === 'earliest';
      if (asRead && !this.#repartitionTopics.has(topic)) topics.set(store, topic);
    }
    return topics;
  }

  #successors(name: string): readonly string[] {
    const node = this.#nodes.get(name);
    if (node === undefined) return [];
    if (node.kind !== 'sink') return node.children;
    const { topic } = node;
    if (typeof topic !== 'string' || !this.#repartitionTopics.has(topic)) return [];
    const readers = [...this.#nodes.values()].filter(
      (other) => other.kind === 'source' && other.topics.includes(topic),
    );
    return readers.map((reader) => reader.name);
  }

  #link(parent: string, child: string): void {
    const node = this.#nodes.get(parent);
    if (node === undefined || node.kind === 'sink') {
      throw new MillraceError(
        'TOPOLOGY_INVALID',
        `Expected the parent "${parent}" of "${child}" to be a source or processor, got ${node?.kind ?? 'no such node'}`,
      );
    }
    this.#nodes.set(parent, { ...node, children: [...node.children, child] });
  }

  #mustBeNewStore(name: string): void {
    if (!this.#stores.has(name) && !this.#globalTables.has(name)) return;
    throw new MillraceError('TOPOLOGY_DUPLICATE_NAME', `Expected each store to have its own name, got "${name}" twice`);
  }

  #mustBeOpen(): void {
    if (this.#built)
      throw new MillraceError('TOPOLOGY_INVALID', 'Expected nothing to be added after build(), got a further call');
  }
}

function freezeNode(node: TopologyNode): TopologyNode {
  return Object.freeze({
    ...node,
    parents: Object.freeze(node.parents),
    children: Object.freeze(node.children),
  }) as TopologyNode;
}
