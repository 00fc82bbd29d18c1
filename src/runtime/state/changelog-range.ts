import type { Broker } from '../../broker/port.ts';
import type { TopicPartition } from '../../core/topic-partition.ts';
import { byPartition } from '../topics/start-offsets.ts';

/** What a changelog partition holds: from its first record to behind its last. */
export interface ChangelogRange {
  readonly firstOffset: number;
  readonly endOffset: number;
}

/** What each changelog partition holds, by `partitionName`. */
export async function changelogRanges(
  broker: Broker,
  changelogs: readonly TopicPartition[],
): Promise<ReadonlyMap<string, ChangelogRange>> {
  if (changelogs.length === 0) return new Map();
  const first = byPartition(await broker.admin.listOffsets(changelogs, 'earliest'));
  // What the owner before committed may not be visible yet.
  const end = byPartition(await broker.admin.listOffsets(changelogs, 'written'));
  return new Map([...end].map(([name, endOffset]) => [name, { firstOffset: first.get(name) as number, endOffset }]));
}

/** What a group has committed of each source partition, by `partitionName`: up to there its tables are made of them. */
export async function sourceRanges(
  broker: Broker,
  group: string,
  sources: readonly TopicPartition[],
): Promise<ReadonlyMap<string, ChangelogRange>> {
  if (sources.length === 0) return new Map();
  const first = byPartition(await broker.admin.listOffsets(sources, 'earliest'));
  const committed = byPartition(await broker.admin.committedOffsets(group, sources));
  return new Map(
    [...first].map(([name, firstOffset]) => [name, { firstOffset, endOffset: committed.get(name) ?? firstOffset }]),
  );
}
