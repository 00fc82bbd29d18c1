import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import type { GroupMemberIdentity } from '../group-port.ts';
import type { BrokerAdmin, NewTopic, PartitionOffset, TopicDescription } from '../port.ts';
import { isUnavailable } from './kafka-cluster.ts';
import type { KafkaLane } from './kafka-lane.ts';
import {
  createTopics,
  deleteGroups,
  deleteRecords,
  deleteTopics,
  describeConfigs,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
} from './kafka-requests.ts';
import type { KafkaServices } from './kafka-services.ts';
import { askLeaders, type LeaderAnswer } from './leader-requests.ts';
import { committedTopics, offsetsRefused } from './offset-commit.ts';
import { brokerRefused, protocolErrorName } from './protocol-error.ts';
import { readTopicConfig, TOPIC_CONFIG_NAMES } from './topic-config.ts';

const EARLIEST = -2n;
const LATEST = -1n;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const TOPIC_RESOURCE = 2 as const;
const BACKOFF_MS = 50;
/** The answers that a pending transaction of the group gives; it ends within the time-out of transactions. */
const UNSTABLE: ReadonlySet<string> = new Set(['UNSTABLE_OFFSET_COMMIT']);
const REBALANCING: ReadonlySet<string> = new Set(['REBALANCE_IN_PROGRESS']);

/** Topics, offsets and groups of a Kafka cluster. */
export class KafkaAdmin implements BrokerAdmin {
  readonly #services: KafkaServices;
  readonly #lane: KafkaLane;

  constructor(services: KafkaServices) {
    this.#services = services;
    this.#lane = services.cluster.openLane();
  }

  /**
   * See `BrokerAdmin.createTopics`. Where one fails, those after it may exist too. Resolves when all brokers know them and
   * all partitions have leaders. Throws TOPIC_INVALID, BROKER_AUTHORIZATION too.
   */
  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    const { cluster, replicationFactor } = this.#services;
    cluster.expectOpen();
    if (topics.length === 0) return;
    const created = topics.map(({ name, partitions, config = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(config).map(([setting, value]) => ({ name: setting, value: String(value) })),
    }));
    const { requestTimeoutMs } = cluster.options;
    const answer = await cluster.sendToAny(this.#lane, {
      request: createTopics,
      args: [created, requestTimeoutMs, false],
    });
    const done = answer.topics.filter(({ errorCode }) => errorCode === 0).map(({ name }) => name);
    await this.#visible(done, true);
    const failed = answer.topics.find(({ errorCode }) => errorCode !== 0);
    if (failed === undefined) return;
    const { name, errorCode, errorMessage } = failed;
    throw brokerRefused(errorCode, `topic "${name}" to be created`, {
      context: { topic: name },
      detail: errorMessage ?? null,
    });
  }

  /** See `BrokerAdmin.deleteTopics`. Resolves when all brokers have forgotten them. */
  async deleteTopics(names: readonly string[]): Promise<void> {
    const { cluster } = this.#services;
    cluster.expectOpen();
    if (names.length === 0) return;
    const deleted = names.map((name) => ({ name, topicId: null }));
    const { requestTimeoutMs } = cluster.options;
    const answer = await cluster.sendToAny(this.#lane, { request: deleteTopics, args: [deleted, requestTimeoutMs] });
    cluster.forgetTopics(names);
    const done = answer.responses.filter(({ errorCode }) => errorCode === 0).map(({ name }) => name ?? '');
    await this.#visible(done, false);
    const failed = answer.responses.find(({ errorCode }) => errorCode !== 0);
    if (failed === undefined) return;
    const topic = failed.name ?? '';
    throw brokerRefused(failed.errorCode, `topic "${topic}" to be deleted`, { context: { topic } });
  }

  async listTopics(): Promise<readonly string[]> {
    this.#services.cluster.expectOpen();
    return this.#services.cluster.listTopics();
  }

  async describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const { cluster } = this.#services;
    cluster.expectOpen();
    const found = new Map<string, TopicDescription>();
    if (names.length === 0) return found;
    const { topics } = await cluster.sendToAny(this.#lane, { request: metadata, args: [[...names], false, false] });
    const known = topics.filter(({ errorCode }) => errorCode === 0);
    const resources = known.map(({ name }) => ({
      resourceType: TOPIC_RESOURCE,
      resourceName: name ?? '',
      configurationKeys: [...TOPIC_CONFIG_NAMES],
    }));
    if (resources.length === 0) return found;
    const { results } = await cluster.sendToAny(this.#lane, {
      request: describeConfigs,
      args: [resources, false, false],
    });
    const configs = new Map(results.map((result) => [result.resourceName, result]));
    for (const { name, partitions } of known) {
      const result = configs.get(name ?? '');
      const isGone = protocolErrorName(result?.errorCode ?? 0) === 'UNKNOWN_TOPIC_OR_PARTITION';
      if (typeof name !== 'string' || result === undefined || isGone) continue;
      if (result.errorCode !== 0)
        throw brokerRefused(result.errorCode, `topic "${name}" to be described`, { context: { topic: name } });
      found.set(name, { name, partitions: partitions.length, config: readTopicConfig(result.configs) });
    }
    return found;
  }

  async deleteRecords(before: readonly PartitionOffset[]): Promise<void> {
    const { cluster } = this.#services;
    cluster.expectOpen();
    await askLeaders(cluster, this.#lane, {
      partitions: before,
      what: (name) => `records of ${name} to be deleted`,
      ask: async (leader, some) => {
        const topics = byTopic(some, ({ partition, offset }) => ({
          partitionIndex: partition,
          offset: BigInt(offset),
        }));
        const args: [typeof topics, number] = [topics, cluster.options.requestTimeoutMs];
        const answer = await cluster.send(this.#lane, leader, { request: deleteRecords, args });
        return answersOf(answer.topics, ({ lowWatermark }) => lowWatermark);
      },
    });
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest' | 'written' | number,
  ): Promise<readonly PartitionOffset[]> {
    const isolation = at === 'written' ? READ_UNCOMMITTED : READ_COMMITTED;
    const timestamp = at === 'earliest' ? EARLIEST : typeof at === 'number' ? BigInt(at) : LATEST;
    const found = await this.#offsetsAt(partitions, timestamp, isolation);
    const beyond = partitions.filter(({ topic, partition }) => found.get(partitionName(topic, partition)) === -1);
    const ends = beyond.length === 0 ? found : await this.#offsetsAt(beyond, LATEST, READ_COMMITTED);
    return partitions.map(({ topic, partition }) => {
      const name = partitionName(topic, partition);
      const offset = found.get(name) ?? -1;
      return { topic, partition, offset: offset === -1 ? (ends.get(name) ?? -1) : offset };
    });
  }

  /** See `BrokerAdmin.committedOffsets`. Waits for the end of a transaction that has offsets of these partitions. */
  async committedOffsets(group: string, partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    const { cluster } = this.#services;
    cluster.expectOpen();
    if (partitions.length === 0) return [];
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, some]) => ({
      name,
      partitionIndexes: some.map(({ partition }) => partition),
    }));
    const answer = await cluster.sendToCoordinator(
      this.#lane,
      { kind: 'group', key: group },
      {
        request: offsetFetch,
        args: () => [[{ groupId: group, memberId: null, memberEpoch: -1, topics }], true],
        retry: UNSTABLE,
        timeoutMs: this.#services.transactionTimeoutMs + cluster.options.retryTimeoutMs,
      },
    );
    const error = offsetFetch.errorOf(answer);
    if (error !== 0) throw brokerRefused(error, `the offsets of group "${group}"`, { context: { group } });
    return (answer.groups[0]?.topics ?? []).flatMap(({ name, partitions: some }) =>
      some
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .map(({ partitionIndex, committedOffset }) => ({
          topic: name,
          partition: partitionIndex,
          offset: Number(committedOffset),
        })),
    );
  }

  async commitOffsets(
    group: string,
    offsets: readonly PartitionOffset[],
    member?: GroupMemberIdentity | null,
  ): Promise<void> {
    const { cluster } = this.#services;
    cluster.expectOpen();
    if (offsets.length === 0) return;
    const { generation = -1, memberId = '', instanceId = null } = member ?? {};
    const topics = committedTopics(offsets);
    const answer = await cluster.sendToCoordinator(
      this.#lane,
      { kind: 'group', key: group },
      {
        request: offsetCommit,
        args: () => [group, generation, memberId, instanceId, topics],
        // Between the end of a join and its assignments nobody can commit; the membership goes on in the background.
        retry: REBALANCING,
      },
    );
    const error = offsetCommit.errorOf(answer);
    if (error === 0) return;
    if (!member && protocolErrorName(error) === 'UNKNOWN_MEMBER_ID') throw groupNotEmpty(group);
    throw offsetsRefused(error, group);
  }

  async deleteGroup(group: string): Promise<void> {
    const { cluster } = this.#services;
    cluster.expectOpen();
    const answer = await cluster.sendToCoordinator(
      this.#lane,
      { kind: 'group', key: group },
      {
        request: deleteGroups,
        args: () => [[group]],
      },
    );
    const error = deleteGroups.errorOf(answer);
    const name = protocolErrorName(error);
    if (error === 0 || name === 'GROUP_ID_NOT_FOUND') return;
    if (name === 'NON_EMPTY_GROUP') throw groupNotEmpty(group);
    throw brokerRefused(error, `group "${group}" to be deleted`, { context: { group } });
  }

  #offsetsAt(
    partitions: readonly TopicPartition[],
    timestamp: bigint,
    isolation: number,
  ): Promise<ReadonlyMap<string, number>> {
    const { cluster } = this.#services;
    cluster.expectOpen();
    return askLeaders(cluster, this.#lane, {
      partitions,
      what: (name) => `an offset of ${name}`,
      ask: async (leader, some) => {
        const topics = byTopic(some, ({ partition }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: -1,
          timestamp,
        }));
        const args: [number, number, typeof topics] = [-1, isolation, topics];
        const answer = await cluster.send(this.#lane, leader, { request: listOffsets, args });
        return answersOf(answer.topics, ({ offset }) => offset);
      },
    });
  }

  /** Waits until every broker that is up knows topics with their leaders, or has forgotten them. */
  async #visible(names: readonly string[], isThere: boolean): Promise<void> {
    const { cluster } = this.#services;
    if (names.length === 0) return;
    const deadlineMs = performance.now() + cluster.options.retryTimeoutMs;
    let behind: readonly number[] = cluster.brokerIds;
    while (behind.length > 0 && performance.now() < deadlineMs) {
      const agreed = await Promise.all(behind.map((broker) => this.#agrees(broker, names, isThere)));
      behind = behind.filter((_broker, index) => agreed[index] === false);
      if (behind.length > 0) await this.#lane.pause(BACKOFF_MS);
    }
    if (isThere) for (const name of names) await cluster.topic(name);
  }

  async #agrees(broker: number, names: readonly string[], isThere: boolean): Promise<boolean> {
    const call = { request: metadata, args: [[...names], false, false] as [string[], boolean, boolean] };
    try {
      const { topics } = await this.#services.cluster.send(this.#lane, broker, call);
      return topics.every(({ errorCode, partitions }) =>
        isThere ? errorCode === 0 && partitions.every(({ leaderId }) => leaderId >= 0) : errorCode !== 0,
      );
    } catch (error) {
      // It reads the metadata anew when it comes back.
      if (isUnavailable(error)) return true;
      throw error;
    }
  }
}

function byTopic<P extends TopicPartition, T>(
  partitions: readonly P[],
  convert: (partition: P) => T,
): { name: string; partitions: T[] }[] {
  const topics = Map.groupBy(partitions, ({ topic }) => topic);
  return [...topics].map(([name, some]) => ({ name, partitions: some.map(convert) }));
}

function answersOf<P extends { readonly partitionIndex: number; readonly errorCode: number }>(
  topics: readonly { readonly name: string; readonly partitions: readonly P[] }[],
  offsetOf: (partition: P) => bigint,
): LeaderAnswer[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({
      topic: name,
      partition: partition.partitionIndex,
      errorCode: partition.errorCode,
      offset: Number(offsetOf(partition)),
    })),
  );
}

function groupNotEmpty(group: string): MillraceError {
  return new MillraceError('GROUP_NOT_EMPTY', `Expected group "${group}" to have no members, got some`, {
    context: { group },
  });
}
