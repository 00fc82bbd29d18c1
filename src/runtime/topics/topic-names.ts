import { internalTopicName, type Topology } from '../../topology/topology.ts';

/** Maps the names that nodes have for topics to those on the broker: internal ones get the prefix of the application. */
export function topicNamesOf(topology: Topology, applicationId: string): (name: string) => string {
  return (name) => (topology.repartitionTopics.has(name) ? internalTopicName(applicationId, name) : name);
}
