import type { TopicDescription } from '../../broker/port.ts';
import type { Logger } from '../../core/logger.ts';
import type { Topology } from '../../topology/topology.ts';

/**
 * Of the source topics that the topology takes as changelogs, by store, those that can be: compacted ones, which have the
 * last record of each key for ever. The stores of the others get changelogs of their own, and a line in the log says so.
 */
export function usableSourceChangelogs(
  topology: Topology,
  topics: ReadonlyMap<string, TopicDescription>,
  logger: Logger,
): ReadonlyMap<string, string> {
  const usable = new Map<string, string>();
  for (const [store, topic] of topology.sourceChangelogs) {
    const cleanupPolicy = topics.get(topic)?.config['cleanup.policy'] ?? 'delete';
    if (cleanupPolicy === 'compact') usable.set(store, topic);
    else logger.warn('a source topic that is not compacted is no changelog', { store, topic, cleanupPolicy });
  }
  return usable;
}
