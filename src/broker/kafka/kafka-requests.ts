import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  createTopicsV7,
  deleteGroupsV2,
  deleteRecordsV2,
  deleteTopicsV6,
  describeConfigsV4,
  endTxnV3,
  findCoordinatorV4,
  findCoordinatorV6,
  heartbeatV4,
  initProducerIdV4,
  initProducerIdV5,
  joinGroupV9,
  leaveGroupV5,
  listOffsetsV7,
  listOffsetsV9,
  metadataV12,
  offsetCommitV8,
  offsetCommitV9,
  offsetFetchV8,
  offsetFetchV9,
  syncGroupV5,
  txnOffsetCommitV3,
} from '@platformatic/kafka';
import type { Codec, KafkaRequest } from './kafka-request.ts';

// The requests that the codecs of the client library serve. Of each, what Kafka 3.5 speaks is among the versions.

/** Brokers, topics and leaders. Errors are per topic and partition. */
export const metadata = request('Metadata', [metadataV12.api], () => 0);

/** Which broker keeps a group (0) or a transactional id (1). */
export const findCoordinator = request(
  'FindCoordinator',
  [findCoordinatorV6.api, findCoordinatorV4.api],
  (response) => response.coordinators[0]?.errorCode ?? 0,
);

/** Joins a group; answers when all members have, or the rebalance time-out is over. */
export const joinGroup = request('JoinGroup', [joinGroupV9.api], errorOf);
/** Hands in the leader's assignment and gets the own one. */
export const syncGroup = request('SyncGroup', [syncGroupV5.api], errorOf);
/** Keeps a membership alive. */
export const heartbeat = request('Heartbeat', [heartbeatV4.api], errorOf);
/** Leaves a group. */
export const leaveGroup = request('LeaveGroup', [leaveGroupV5.api], errorOf);

/** Commits offsets of a group outside a transaction. */
export const offsetCommit = request('OffsetCommit', [offsetCommitV9.api, offsetCommitV8.api], firstPartitionError);
/** The committed offsets of a group. */
export const offsetFetch = request(
  'OffsetFetch',
  [offsetFetchV9.api, offsetFetchV8.api],
  ({ groups: [group] }) => group?.errorCode || firstError(group?.topics.flatMap(({ partitions }) => partitions) ?? []),
);

/** A producer id; with a transactional id it fences earlier ones. */
export const initProducerId = request('InitProducerId', [initProducerIdV5.api, initProducerIdV4.api], errorOf);
/** Adds partitions to a transaction (transactions of version 1). Later versions of it are for brokers. */
export const addPartitionsToTxn = request('AddPartitionsToTxn', [addPartitionsToTxnV3.api], (response) => {
  const topics = response.resultsByTransaction.flatMap(({ topicResults }) => topicResults);
  const partitions = topics.flatMap(({ resultsByPartition }) => resultsByPartition);
  return response.errorCode || (partitions.find(hasPartitionError)?.partitionErrorCode ?? 0);
});
/** Adds a group to a transaction (transactions of version 1). */
export const addOffsetsToTxn = request('AddOffsetsToTxn', [addOffsetsToTxnV3.api], errorOf);
/** Commits offsets of a group in a transaction of version 1. */
export const txnOffsetCommit = request('TxnOffsetCommit', [txnOffsetCommitV3.api], firstPartitionError);
/** Ends a transaction of version 1. */
export const endTxn = request('EndTxn', [endTxnV3.api], errorOf);

/** Offsets by time; −1 asks for the end, −2 for the beginning. Errors are per partition. */
export const listOffsets = request('ListOffsets', [listOffsetsV9.api, listOffsetsV7.api], () => 0);
/** Creates topics. Errors are per topic. */
export const createTopics = request('CreateTopics', [createTopicsV7.api], () => 0);
/** Deletes topics. Errors are per topic. */
export const deleteTopics = request('DeleteTopics', [deleteTopicsV6.api], () => 0);
/** Deletes records before offsets. Errors are per partition. */
export const deleteRecords = request('DeleteRecords', [deleteRecordsV2.api], () => 0);
/** The settings of topics. Errors are per topic. */
export const describeConfigs = request('DescribeConfigs', [describeConfigsV4.api], () => 0);
/** Forgets groups. */
export const deleteGroups = request('DeleteGroups', [deleteGroupsV2.api], ({ results }) => firstError(results));

function request<Arguments extends unknown[], Response>(
  name: string,
  codecs: readonly Codec<Arguments, Response>[],
  errorNumberOf: (response: Response) => number,
): KafkaRequest<Arguments, Response> {
  return { name, codecs, errorOf: errorNumberOf };
}

function errorOf({ errorCode }: { readonly errorCode: number }): number {
  return errorCode;
}

function firstError(results: readonly { readonly errorCode: number }[]): number {
  return results.find(({ errorCode }) => errorCode !== 0)?.errorCode ?? 0;
}

function firstPartitionError(response: {
  readonly topics: readonly { readonly partitions: readonly { readonly errorCode: number }[] }[];
}): number {
  return firstError(response.topics.flatMap(({ partitions }) => partitions));
}

function hasPartitionError({ partitionErrorCode }: { readonly partitionErrorCode: number }): boolean {
  return partitionErrorCode !== 0;
}
