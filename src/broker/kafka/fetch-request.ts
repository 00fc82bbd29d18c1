import { type Reader, Writer } from '@platformatic/kafka';
import type { AbortedTransaction } from './fetched-records.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { ownCodec } from './own-codec.ts';

/** From where a partition is to be read. */
export interface FetchPosition {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

/** How long and how much to fetch. */
export interface FetchLimits {
  /** How long the broker waits for the first byte. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
}

/** What a broker has of a partition. */
export interface FetchedPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  /** The end of what is committed. */
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly bytes: Buffer;
}

/** The answer to a fetch. */
export interface FetchResponse {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

type FetchArguments = [limits: FetchLimits, positions: readonly FetchPosition[]];

/** Record batches of committed records from positions on. Errors are per partition. */
export const fetch: KafkaRequest<FetchArguments, FetchResponse> = {
  name: 'Fetch',
  codecs: [fetchCodec(17), fetchCodec(15), fetchCodec(13)],
  errorOf: ({ errorCode }) => errorCode,
};

const READ_COMMITTED = 1;
const NO_BYTES = Buffer.alloc(0);

/** From version 13 on topics have their ids; up to 14 the request begins with the id of the replica that asks. */
function fetchCodec(version: number) {
  return ownCodec({
    key: 1,
    version,
    write: (limits: FetchLimits, positions: readonly FetchPosition[]) => writeRequest(version, limits, positions),
    read: readResponse,
  });
}

function writeRequest(version: number, limits: FetchLimits, positions: readonly FetchPosition[]): Writer {
  const writer = Writer.create();
  if (version < 15) writer.appendInt32(-1);
  const topics = Map.groupBy(positions, ({ topicId }) => topicId);
  return writer
    .appendInt32(limits.maxWaitMs)
    .appendInt32(1)
    .appendInt32(limits.maxBytes)
    .appendInt8(READ_COMMITTED)
    .appendInt32(0) // No session:
    .appendInt32(-1) // each request says all.
    .appendArray([...topics], (topicWriter, [topicId, partitions]) => {
      topicWriter.appendUUID(topicId).appendArray(partitions, (partitionWriter, { partition, offset, maxBytes }) => {
        partitionWriter
          .appendInt32(partition)
          .appendInt32(-1)
          .appendInt64(BigInt(offset))
          .appendInt32(-1)
          .appendInt64(-1n)
          .appendInt32(maxBytes);
      });
    })
    .appendArray([], () => undefined)
    .appendString('')
    .appendTaggedFields();
}

function readResponse(reader: Reader): FetchResponse {
  reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt32();
  const partitions: FetchedPartition[] = [];
  reader.readArray((topicReader) => {
    const topicId = topicReader.readUUID();
    topicReader.readArray((partitionReader) => {
      partitions.push(readPartition(topicId, partitionReader));
    });
  });
  reader.readTaggedFields();
  return { errorCode, partitions };
}

function readPartition(topicId: string, reader: Reader): FetchedPartition {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt64(); // The high watermark.
  const lastStableOffset = Number(reader.readInt64());
  const logStartOffset = Number(reader.readInt64());
  const aborted = reader.readNullableArray((transaction) => ({
    producerId: Number(transaction.readInt64()),
    firstOffset: Number(transaction.readInt64()),
  }));
  reader.readInt32(); // A replica that is nearer.
  const bytes = reader.readNullableBytes() ?? NO_BYTES;
  return { topicId, partition, errorCode, lastStableOffset, logStartOffset, aborted: aborted ?? [], bytes };
}
