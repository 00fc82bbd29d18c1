import { createAPI, endTxnV4, txnOffsetCommitV4 } from '@platformatic/kafka';
import type { KafkaRequest } from './kafka-request.ts';
import { ownCodec } from './own-codec.ts';

/** How a transaction was ended, and as whom the producer goes on. */
interface EndTransaction2Response {
  readonly errorCode: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

type EndTransactionArguments = Parameters<typeof endTxnV4.createRequest>;
type OffsetCommitArguments = Parameters<typeof txnOffsetCommitV4.createRequest>;
type OffsetCommitResponse = ReturnType<typeof txnOffsetCommitV4.parseResponse>;

/** Ends a transaction of version 2 (KIP-890): the epoch of the producer grows with each one. */
export const endTransaction2: KafkaRequest<EndTransactionArguments, EndTransaction2Response> = {
  name: 'EndTxn',
  codecs: [
    ownCodec({
      key: 26,
      version: 5,
      write: (...args: EndTransactionArguments) => endTxnV4.createRequest(...args),
      read: (reader) => {
        reader.readInt32();
        return { errorCode: reader.readInt16(), producerId: reader.readInt64(), producerEpoch: reader.readInt16() };
      },
    }),
  ],
  errorOf: ({ errorCode }) => errorCode,
};

/** Commits offsets of a group in a transaction of version 2: the coordinator adds the group to it by itself. */
export const txnOffsetCommit2: KafkaRequest<OffsetCommitArguments, OffsetCommitResponse> = {
  name: 'TxnOffsetCommit',
  codecs: [
    createAPI<OffsetCommitArguments, OffsetCommitResponse>(
      28,
      5,
      txnOffsetCommitV4.createRequest,
      txnOffsetCommitV4.parseResponse,
    ),
  ],
  errorOf: ({ topics }) =>
    topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)?.errorCode ?? 0,
};
