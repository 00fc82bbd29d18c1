import type { Broker } from '../../src/broker/port.ts';
import { topicNamesOf } from '../../src/runtime/topics/topic-names.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { countRecordsBehind, groupPositions, offsetsBehind } from './group-lag.ts';

const MAX_COUNTED = 1000;

/** How many records the group of a topology has still to commit; above a thousand, offsets that hold no record count too. */
export async function recordsBehind(broker: Broker, topology: Topology): Promise<number> {
  const topics = [...new Set(topology.subTopologies.flatMap((part) => part.sourceTopics))];
  const names = topics.map(topicNamesOf(topology, topology.name));
  const positions = await groupPositions(broker, { group: topology.name, topics: names, upTo: 'latest' });
  if (positions === null) return Infinity;
  const lag = offsetsBehind(positions);
  return lag > MAX_COUNTED ? lag : countRecordsBehind(broker, positions);
}
