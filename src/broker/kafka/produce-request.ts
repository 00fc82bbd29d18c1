import { createAPI, produceV11, Writer } from '@platformatic/kafka';
import type { KafkaRequest } from './kafka-request.ts';

/** A record batch for a partition. */
export interface ProduceBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** How a broker answered for each partition. */
type ProduceResponse = ReturnType<typeof produceV11.parseResponse>;
type ProduceArguments = [transactionalId: string | null, timeoutMs: number, batches: readonly ProduceBatch[]];

/** Appends record batches, one for each partition, on all in-sync replicas. Errors are per partition. */
export const produce = request([produceCodec(11), produceCodec(10), produceCodec(9)]);

/** The same in a transaction of version 2 (KIP-890): the leader adds its partitions to the transaction by itself. */
export const produceInTransaction2 = request([produceCodec(12)]);

function request(codecs: readonly ReturnType<typeof produceCodec>[]): KafkaRequest<ProduceArguments, ProduceResponse> {
  return { name: 'Produce', codecs, errorOf: () => 0 };
}

/** From version 9 to 12 requests and answers look the same, but for tagged fields. */
function produceCodec(version: number) {
  return createAPI<ProduceArguments, ProduceResponse>(0, version, writeRequest, produceV11.parseResponse);
}

function writeRequest(transactionalId: string | null, timeoutMs: number, batches: readonly ProduceBatch[]): Writer {
  const topics = Map.groupBy(batches, ({ topic }) => topic);
  return Writer.create()
    .appendString(transactionalId)
    .appendInt16(-1)
    .appendInt32(timeoutMs)
    .appendArray([...topics], (topicWriter, [topic, partitions]) => {
      topicWriter.appendString(topic).appendArray(partitions, (writer, { partition, bytes }) => {
        writer.appendInt32(partition).appendBytes(bytes);
      });
    })
    .appendTaggedFields();
}
