import type { BrokerAdmin, PartitionOffset } from '../../broker/port.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';

/** A partition to read, and where to begin when the group has no committed offset. */
export interface InputPartition extends TopicPartition {
  readonly offsetReset: 'earliest' | 'latest';
}

/** Where to read a partition from. */
export interface StartOffset {
  readonly startOffset: number;
  /** What the group has committed; −1: nothing yet. */
  readonly committedOffset: number;
}

/** Where to read each partition from, by `partitionName`: the committed offset, else as its `offsetReset` says. */
export async function startOffsets(
  admin: BrokerAdmin,
  group: string,
  inputs: readonly InputPartition[],
): Promise<ReadonlyMap<string, StartOffset>> {
  const starts = new Map<string, StartOffset>();
  for (const [name, offset] of byPartition(await admin.committedOffsets(group, inputs))) {
    starts.set(name, { startOffset: offset, committedOffset: offset });
  }
  for (const reset of ['earliest', 'latest'] as const) {
    const open = inputs.filter((input) => input.offsetReset === reset && !starts.has(nameOf(input)));
    if (open.length === 0) continue;
    for (const [name, offset] of byPartition(await admin.listOffsets(open, reset))) {
      starts.set(name, { startOffset: offset, committedOffset: -1 });
    }
  }
  return starts;
}

/** Offsets by `partitionName`. */
export function byPartition(offsets: readonly PartitionOffset[]): Map<string, number> {
  return new Map(offsets.map((each) => [nameOf(each), each.offset]));
}

function nameOf({ topic, partition }: TopicPartition): string {
  return partitionName(topic, partition);
}
