import type { metadataV12 } from '@platformatic/kafka';

type MetadataTopic = Awaited<ReturnType<typeof metadataV12.api.async>>['topics'][number];

/** Who leads a partition. */
interface PartitionLeader {
  /** The id of the broker; −1 where there is none just now. */
  readonly leader: number;
  /** Grows with each election. */
  readonly epoch: number;
}

/** A topic of the cluster. */
export interface KafkaTopic {
  readonly name: string;
  /** Another one after the topic was deleted and created again. */
  readonly id: string;
  readonly partitions: readonly PartitionLeader[];
}

/** What brokers said of topics. They hear of changes one after another, so an older word never replaces a newer one. */
export class MetadataCache {
  readonly #topics = new Map<string, KafkaTopic>();
  readonly #names = new Map<string, string>();
  readonly #wanted = new Set<string>();
  readonly #errors = new Map<string, number>();

  /** The topics to ask for. */
  get wanted(): ReadonlySet<string> {
    return this.#wanted;
  }

  want(name: string): void {
    this.#wanted.add(name);
  }

  topic(name: string): KafkaTopic | undefined {
    return this.#topics.get(name);
  }

  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }

  /** Kafka's number of the error that a broker answered instead of the topic. */
  errorOf(name: string): number {
    return this.#errors.get(name) ?? 0;
  }

  forget(name: string): void {
    this.#wanted.delete(name);
    this.#errors.delete(name);
    this.#drop(name);
  }

  /** Takes in what a broker answered about the topics that were asked for. */
  update(topics: readonly MetadataTopic[]): void {
    for (const { name, topicId, errorCode, partitions } of topics) {
      if (typeof name !== 'string' || !this.#wanted.has(name)) continue;
      if (errorCode !== 0) {
        this.#errors.set(name, errorCode);
        this.#drop(name);
        continue;
      }
      this.#errors.delete(name);
      const known = this.#topics.get(name);
      const leaders: PartitionLeader[] = [];
      for (const { partitionIndex, leaderId, leaderEpoch } of partitions) {
        const before = known?.id === topicId ? known.partitions[partitionIndex] : undefined;
        const isOlder = before !== undefined && before.epoch > leaderEpoch;
        leaders[partitionIndex] = isOlder ? before : { leader: leaderId, epoch: leaderEpoch };
      }
      if (known !== undefined && known.id !== topicId) this.#names.delete(known.id);
      this.#topics.set(name, { name, id: topicId, partitions: leaders });
      this.#names.set(topicId, name);
    }
  }

  #drop(name: string): void {
    const known = this.#topics.get(name);
    if (known === undefined) return;
    this.#topics.delete(name);
    this.#names.delete(known.id);
  }
}
