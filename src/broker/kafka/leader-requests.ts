import type { MillraceError } from '../../core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import { isUnavailable, type KafkaCluster } from './kafka-cluster.ts';
import type { KafkaLane } from './kafka-lane.ts';
import { brokerRefused, LEADER_MOVED, protocolErrorName } from './protocol-error.ts';

/** What a leader answered for one partition. */
export interface LeaderAnswer extends TopicPartition {
  readonly errorCode: number;
  readonly offset: number;
}

/** A question to the leaders of partitions. */
export interface LeaderQuestion<P extends TopicPartition> {
  readonly partitions: readonly P[];
  /** What is wanted, as in ``Expected `what`, got ...``. */
  readonly what: (name: string) => string;
  /** Asks one leader about some of the partitions. */
  readonly ask: (leader: number, partitions: readonly P[]) => Promise<readonly LeaderAnswer[]>;
}

const BACKOFF_MS = 50;

/**
 * Asks the leaders of partitions, wherever they move, and gives the offsets they answered by `partitionName`. Throws
 * TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, BROKER_UNAVAILABLE, and what `brokerRefused` makes of other answers.
 */
export async function askLeaders<P extends TopicPartition>(
  cluster: KafkaCluster,
  lane: KafkaLane,
  { partitions, what, ask }: LeaderQuestion<P>,
): Promise<ReadonlyMap<string, number>> {
  const deadlineMs = performance.now() + cluster.options.retryTimeoutMs;
  const offsets = new Map<string, number>();
  let open: readonly P[] = partitions;
  await cluster.expectPartitions(partitions);
  while (open.length > 0) {
    let failure: MillraceError | undefined;
    const byLeader = Map.groupBy(open, ({ topic, partition }) => cluster.leaderOf(topic, partition));
    const asked = [...byLeader].map(async ([leader, some]) => {
      try {
        for (const answer of await ask(leader, some)) {
          const name = partitionName(answer.topic, answer.partition);
          const { topic, partition, errorCode } = answer;
          const error =
            errorCode === 0 ? undefined : brokerRefused(errorCode, what(name), { context: { topic, partition } });
          if (error === undefined) offsets.set(name, answer.offset);
          else if (LEADER_MOVED.has(protocolErrorName(errorCode))) failure ??= error;
          else throw error;
        }
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        failure ??= error as MillraceError;
      }
    });
    await Promise.all(asked);
    open = open.filter(({ topic, partition }) => !offsets.has(partitionName(topic, partition)));
    if (open.length === 0) break;
    if (failure !== undefined && performance.now() > deadlineMs) throw failure;
    await lane.pause(BACKOFF_MS);
    await cluster.refresh();
    await cluster.expectPartitions(open);
  }
  return offsets;
}
