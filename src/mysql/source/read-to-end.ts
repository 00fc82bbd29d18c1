import type { Broker, ConsumedRecord } from '../../broker/port.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName } from '../../core/topic-partition.ts';

const POLL_MS = 1000;
const POLL_BYTES = 1 << 20;
/** So many polls in a row without progress: longer than any transaction may be open that the broker knows of. */
const PATIENCE_POLLS = 60;

/**
 * Reads a topic from its first record, or from the offset in `starts` of each partition, to the end that it has now, partition
 * by partition in order. Throws TRANSACTION_HANGING where an open transaction keeps it from the end for `patiencePolls` polls.
 */
export async function readToEnd(
  broker: Broker,
  from: { topic: string; partitions: number; starts?: readonly number[] | null; patiencePolls?: number },
  onRecord: (record: ConsumedRecord, partition: number) => void,
): Promise<void> {
  const partitions = Array.from({ length: from.partitions }, (_, partition) => ({ topic: from.topic, partition }));
  const earliest = await broker.admin.listOffsets(partitions, 'earliest');
  const starts = earliest.map((start) => ({
    ...start,
    offset: Math.max(start.offset, from.starts?.[start.partition] ?? 0),
  }));
  const ends = await broker.admin.listOffsets(partitions, 'written');
  const positions = new Map(starts.map((start) => [partitionName(start.topic, start.partition), start.offset]));
  const left = new Map(ends.map((end) => [partitionName(end.topic, end.partition), end.offset]));
  forgetDone(left, positions, left);
  if (left.size === 0) return;
  const consumer = await broker.openConsumer();
  try {
    consumer.assign(starts);
    let emptyPolls = 0;
    while (left.size > 0) {
      if (emptyPolls++ >= (from.patiencePolls ?? PATIENCE_POLLS)) throw hanging(left, positions);
      const { batches } = await consumer.poll({ maxWaitMs: POLL_MS, maxBytes: POLL_BYTES });
      for (const batch of batches) {
        emptyPolls = 0;
        for (const record of batch.records) onRecord(record, batch.partition);
        positions.set(partitionName(batch.topic, batch.partition), batch.nextOffset);
      }
      forgetDone(left, positions, left);
    }
  } finally {
    await consumer.close();
  }
}

function hanging(left: ReadonlyMap<string, number>, positions: ReadonlyMap<string, number>): MillraceError {
  const partitions = [...left.keys()];
  const where = partitions.map((name) => `${name}@${positions.get(name) ?? 0}`).join(', ');
  return new MillraceError('TRANSACTION_HANGING', 'Expected every transaction to end, got one that stays open', {
    context: { partitions: where },
  });
}

/** The end of each partition of a topic. */
export async function readTopicEnds(broker: Broker, topic: string, partitions: number): Promise<readonly number[]> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const ends = new Array<number>(partitions).fill(0);
  for (const { partition, offset } of await broker.admin.listOffsets(all, 'latest')) ends[partition] = offset;
  return ends;
}

/** Forgets the partitions that have been read to their end, as the map tells it. */
function forgetDone(
  left: Map<string, number>,
  positions: ReadonlyMap<string, number>,
  ends: ReadonlyMap<string, number>,
): void {
  for (const name of left.keys()) {
    if ((positions.get(name) ?? 0) >= (ends.get(name) ?? Infinity)) left.delete(name);
  }
}
