import { MillraceError } from '../core/millrace-error.ts';
import type { StoreSpec } from '../store/store.ts';
import type { SourceNode, TopologyNode } from './node.ts';

/**
 * Refuses a graph that cannot run as written: an unusable name, no source, a topic read twice, a store unknown or used by
 * nobody. Nodes cannot form a circle, for each is added after its parents; through a topic they may, as in Kafka Streams.
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
