import { MillraceError } from '../../core/millrace-error.ts';
import type { TopicPartition } from '../../core/topic-partition.ts';
import type { GroupMemberIdentity } from '../group-port.ts';
import type { BrokerAdmin, NewTopic, PartitionOffset, TopicDescription } from '../port.ts';
import type { EmbeddedServices } from './embedded-services.ts';
import { GROUP_OFFSETS_TOPIC } from './group-offsets.ts';
import type { PartitionLog } from './partition-log.ts';

/** Topics, offsets and groups of the embedded broker. */
export class EmbeddedAdmin implements BrokerAdmin {
  readonly #services: EmbeddedServices;

  constructor(services: EmbeddedServices) {
    this.#services = services;
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    for (const topic of topics) await this.#services.registry.create(topic);
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    const { registry, groupOffsets } = this.#services;
    for (const name of names) {
      registry.delete(name);
      for (const group of groupOffsets.groups) {
        this.#forget(
          group,
          groupOffsets.partitionsOf(group).filter(({ topic }) => topic === name),
        );
      }
    }
    await this.#services.acknowledge();
  }

  async listTopics(): Promise<readonly string[]> {
    const { registry } = this.#services;
    registry.expectOpen();
    return [...registry.topics].map(({ name }) => name).filter((name) => name !== GROUP_OFFSETS_TOPIC);
  }

  async describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const found = new Map<string, TopicDescription>();
    for (const name of names) {
      const topic = this.#services.registry.find(name);
      if (topic !== undefined) found.set(name, { name, partitions: topic.partitions.length, config: topic.settings });
    }
    return found;
  }

  async deleteRecords(before: readonly PartitionOffset[]): Promise<void> {
    const moves = before.map(({ topic, partition, offset }): [PartitionLog, number] => {
      const log = this.#services.registry.log(topic, partition);
      if (offset <= log.nextOffset) return [log, offset];
      throw new MillraceError(
        'OFFSET_OUT_OF_RANGE',
        `Expected an offset <= ${log.nextOffset}, got ${offset} in ${log.name}`,
        {
          context: { topic, partition, offset },
        },
      );
    });
    this.#services.writer.moveStarts(moves);
    await this.#services.acknowledge();
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest' | 'written' | number,
  ): Promise<readonly PartitionOffset[]> {
    return partitions.map(({ topic, partition }) => {
      const log = this.#services.registry.log(topic, partition);
      if (at === 'earliest') return { topic, partition, offset: log.logStart };
      return { topic, partition, offset: typeof at === 'number' ? log.offsetAtTimestamp(at) : log.nextOffset };
    });
  }

  async committedOffsets(group: string, partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    this.#services.registry.expectOpen();
    return this.#services.groupOffsets.committed(group, partitions);
  }

  async commitOffsets(
    group: string,
    offsets: readonly PartitionOffset[],
    member: GroupMemberIdentity | null = null,
  ): Promise<void> {
    const { registry, groupOffsets, coordinators, writer, clock } = this.#services;
    registry.expectOpen();
    if (member === null) coordinators.expectEmpty(group);
    else coordinators.expectGeneration(group, member);
    for (const { topic, partition } of offsets) registry.log(topic, partition);
    if (offsets.length === 0) return;
    writer.append(groupOffsets.log, [groupOffsets.encode(group, offsets, clock.now())]);
    groupOffsets.apply(group, offsets);
    await this.#services.acknowledge();
  }

  async deleteGroup(group: string): Promise<void> {
    this.#services.registry.expectOpen();
    this.#services.coordinators.expectEmpty(group);
    this.#forget(group, this.#services.groupOffsets.partitionsOf(group));
    await this.#services.acknowledge();
  }

  #forget(group: string, partitions: readonly TopicPartition[]): void {
    if (partitions.length === 0) return;
    const { groupOffsets, writer, clock } = this.#services;
    writer.append(groupOffsets.log, [groupOffsets.encodeEnd(group, partitions, clock.now())]);
    groupOffsets.forget(group, partitions);
  }
}
