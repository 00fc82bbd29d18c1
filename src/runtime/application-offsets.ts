import type { Broker, PartitionOffset } from '../broker/port.ts';
import { partitionName } from '../core/topic-partition.ts';
import type { PreparedTopics } from './topics/prepare-topics.ts';
import { byPartition, type InputPartition } from './topics/start-offsets.ts';
import { inputPartitions } from './tasks/task-factory.ts';
import type { Task } from './tasks/task.ts';
import { topicNamesOf } from './topics/topic-names.ts';

/** How far an application is in one partition that it reads. */
export interface PartitionLag extends PartitionOffset {
  /** The end of the partition. */
  readonly endOffset: number;
  /** How many records are not committed yet. */
  readonly lag: number;
}

/** Knows how far all instances of an application are together. */
export class ApplicationOffsets {
  readonly #broker: Broker;
  readonly #group: string;
  readonly #inputs: readonly InputPartition[];

  constructor(broker: Broker, { tasks, options }: PreparedTopics) {
    const { topology, config } = options;
    const { applicationId } = config;
    this.#broker = broker;
    this.#group = applicationId;
    this.#inputs = inputPartitions(topology, tasks, topicNamesOf(topology, applicationId));
  }

  /** The lag of every partition. Of those that tasks of this instance read it is known without asking what is committed. */
  async lags(tasks: readonly Task[]): Promise<readonly PartitionLag[]> {
    const { admin } = this.#broker;
    // The offsets before the ends: a commit between the two then counts what it appended to repartition topics.
    const offsets = new Map(tasks.flatMap(offsetsOf));
    const unknown = this.#inputs.filter((input) => !offsets.has(nameOf(input)));
    if (unknown.length > 0) {
      const committed = byPartition(await admin.committedOffsets(this.#group, unknown));
      for (const [name, offset] of committed) offsets.set(name, offset);
      const unread = unknown.filter((input) => !committed.has(nameOf(input)));
      for (const reset of ['earliest', 'latest'] as const) {
        const partitions = unread.filter(({ offsetReset }) => offsetReset === reset);
        if (partitions.length === 0) continue;
        for (const [name, offset] of byPartition(await admin.listOffsets(partitions, reset))) offsets.set(name, offset);
      }
    }
    const ends = byPartition(await admin.listOffsets(this.#inputs, 'latest'));
    return this.#inputs.map(({ topic, partition }) => {
      const name = partitionName(topic, partition);
      const offset = offsets.get(name) as number;
      const endOffset = ends.get(name) as number;
      return { topic, partition, offset, endOffset, lag: Math.max(0, endOffset - offset) };
    });
  }
}

function nameOf({ topic, partition }: InputPartition): string {
  return partitionName(topic, partition);
}

function offsetsOf(task: Task): [string, number][] {
  return task.queues.map(({ topic, partition, committedOffset, startOffset }) => [
    partitionName(topic, partition),
    committedOffset < 0 ? startOffset : committedOffset,
  ]);
}
