import type { Broker, NewTopic } from '../../broker/port.ts';
import { readToEnd } from './read-to-end.ts';
import type { RecordFormat } from '../format/record-format.ts';
import type { TableSchema } from '../schema/column-schema.ts';

/** The compacted topic of one partition that has the offset of the source with this prefix. */
export function offsetsTopicOf(prefix: string): string {
  return `${prefix}.__offsets`;
}

/**
 * Creates the topics that are missing.
 * Gives the number of partitions of each, whoever made it.
 */
export async function ensureTopics(
  broker: Broker,
  options: { format: RecordFormat; tables: readonly TableSchema[]; partitions: number },
): Promise<ReadonlyMap<string, number>> {
  const { format } = options;
  const wanted: NewTopic[] = options.tables.map((table) => ({
    name: format.topicOf(table),
    partitions: options.partitions,
    config: format.topicConfig(format.keyOf(table).length > 0),
  }));
  const streamTopics = (format.stream?.topics ?? []).map((name) => ({ name, partitions: 1 }));
  return ensure(broker, [...wanted, ...streamTopics]);
}

/** Creates the offsets topic when it is missing. */
export async function ensureOffsetsTopic(broker: Broker, prefix: string): Promise<void> {
  await ensure(broker, [{ name: offsetsTopicOf(prefix), partitions: 1, config: { 'cleanup.policy': 'compact' } }]);
}

/** Creates the topic of events that cannot be read when it is missing: they are kept until somebody has looked. */
export async function ensureQuarantineTopic(broker: Broker, name: string): Promise<void> {
  await ensure(broker, [{ name, partitions: 1, config: { 'cleanup.policy': 'delete', 'retention.ms': -1 } }]);
}

/** Creates a topic when it is missing. */
export async function ensureTopic(broker: Broker, topic: NewTopic): Promise<void> {
  await ensure(broker, [topic]);
}

async function ensure(broker: Broker, wanted: readonly NewTopic[]): Promise<ReadonlyMap<string, number>> {
  const names = wanted.map((topic) => topic.name);
  const existing = await broker.admin.describeTopics(names);
  const missing = wanted.filter((topic) => !existing.has(topic.name));
  if (missing.length > 0) await broker.admin.createTopics(missing);
  return new Map(wanted.map((topic) => [topic.name, existing.get(topic.name)?.partitions ?? topic.partitions]));
}

/** The last record of the offsets topic; null when there is none. To be called once the producer has fenced others. */
export async function readLastOffset(broker: Broker, prefix: string): Promise<Buffer | null> {
  let last: Buffer | null = null;
  await readToEnd(broker, { topic: offsetsTopicOf(prefix), partitions: 1 }, (record) => (last = record.value));
  return last;
}
