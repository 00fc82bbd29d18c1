import type { Topology } from '../topology.ts';

/**
 * Takes the topic that a table is read from as the changelog of its store: no second topic has the same records. The store
 * is restored from there up to what the group has committed.
 */
export function reuseSourceTopics(topology: Topology): Topology {
  return Object.freeze({ ...topology, sourceChangelogs: topology.mirroredTopics });
}
