import { NO_HEADERS } from '../../core/headers.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import type { PartitionOffset, ProducedRecord, TopicConfig } from '../port.ts';
import { type EncodedBatch, encodeBatch } from './batch-codec.ts';
import type { PartitionLog } from './partition-log.ts';

/** The internal topic of committed offsets: key `[group, topic, partition]`, value the offset, both JSON. */
export const GROUP_OFFSETS_TOPIC = '__group_offsets';

/** Small segments: all of the log is read when the broker opens. */
export const GROUP_OFFSETS_CONFIG: TopicConfig = {
  'cleanup.policy': 'compact',
  'segment.bytes': 1024 * 1024,
  'delete.retention.ms': 0,
};

const LIMITS = { maxRecordBytes: Number.MAX_SAFE_INTEGER, keysRequired: true };

/** The committed offsets of all groups, in memory, and the log that keeps them. */
export class GroupOffsets {
  /** The log that changes of offsets are appended to, before they are applied. */
  readonly log: PartitionLog;
  readonly #groups = new Map<string, Map<string, PartitionOffset>>();

  constructor(log: PartitionLog) {
    this.log = log;
  }

  /** Reads the log. */
  load(): void {
    for (let offset = this.log.logStart; offset < this.log.nextOffset;) {
      const { records, nextOffset } = this.log.read(offset, 1024 * 1024);
      for (const { key, value } of records) {
        const [group, topic, partition] = JSON.parse(String(key)) as [string, string, number];
        if (value === null) this.forget(group, [{ topic, partition }]);
        else this.apply(group, [{ topic, partition, offset: Number(value) }]);
      }
      offset = nextOffset;
    }
  }

  /** The committed offsets of a group for those of the partitions that have one. */
  committed(group: string, partitions: readonly TopicPartition[]): readonly PartitionOffset[] {
    const offsets = this.#groups.get(group);
    if (offsets === undefined) return [];
    return partitions.flatMap(({ topic, partition }) => offsets.get(partitionName(topic, partition)) ?? []);
  }

  /** All partitions for which a group has committed offsets. */
  partitionsOf(group: string): readonly TopicPartition[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  /** The groups that have committed offsets. */
  get groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** Offsets as a batch for the log. */
  encode(group: string, offsets: readonly PartitionOffset[], nowMs: number): EncodedBatch {
    return encodeBatch(
      offsets.map(({ topic, partition, offset }) =>
        recordOf([group, topic, partition], Buffer.from(String(offset)), nowMs),
      ),
      LIMITS,
    );
  }

  /** The end of offsets, as a batch for the log. */
  encodeEnd(group: string, partitions: readonly TopicPartition[], nowMs: number): EncodedBatch {
    return encodeBatch(
      partitions.map(({ topic, partition }) => recordOf([group, topic, partition], null, nowMs)),
      LIMITS,
    );
  }

  /** Takes over offsets that the log has. */
  apply(group: string, offsets: readonly PartitionOffset[]): void {
    let known = this.#groups.get(group);
    if (known === undefined) {
      known = new Map();
      this.#groups.set(group, known);
    }
    for (const { topic, partition, offset } of offsets)
      known.set(partitionName(topic, partition), { topic, partition, offset });
  }

  /** Forgets offsets whose end the log has. */
  forget(group: string, partitions: readonly TopicPartition[]): void {
    const known = this.#groups.get(group);
    for (const { topic, partition } of partitions) known?.delete(partitionName(topic, partition));
    if (known?.size === 0) this.#groups.delete(group);
  }
}

function recordOf(key: readonly [string, string, number], value: Buffer | null, timestamp: number): ProducedRecord {
  return { key: Buffer.from(JSON.stringify(key)), value, timestamp, headers: NO_HEADERS };
}
