import { expect, test } from 'vitest';
import { AssignedPartition } from '../../../src/broker/kafka/assigned-partition.ts';
import { writeInt64 } from '../../../src/broker/kafka/int64.ts';
import { identifyBatch, RecordBatchBuilder } from '../../../src/broker/kafka/record-batch-builder.ts';
import { expectError, record } from '../broker-harness.ts';

function batchAt(offset: number, value: string): Buffer {
  const builder = new RecordBatchBuilder(1000);
  builder.append(record('k', value));
  const bytes = builder.build('none');
  identifyBatch(bytes, { producerId: -1, producerEpoch: -1, sequence: -1, transactional: false });
  writeInt64(bytes, offset, 0);
  return bytes;
}

function partitionWith(bytes: Buffer): AssignedPartition {
  const partition = new AssignedPartition({ topic: 'orders', partition: 1, offset: 0 });
  partition.receive({
    topicId: '',
    partition: 1,
    errorCode: 0,
    lastStableOffset: 3,
    logStartOffset: 0,
    aborted: [],
    bytes,
  });
  return partition;
}

test('what was fetched is handed out once, and the next fetch goes on behind it', () => {
  const partition = partitionWith(Buffer.concat([batchAt(0, 'a'), batchAt(1, 'b'), batchAt(2, 'c')]));
  expect(partition.fetchOffset).toBe(3);
  const values = [partition.take(1), partition.take(1), partition.take(1)].map(({ batch }) =>
    batch.records.map(({ value }) => String(value)),
  );
  expect(values).toEqual([['a'], ['b'], ['c']]);
  expect([partition.isReady, partition.bufferedBytes, partition.endOffset]).toEqual([false, 0, 3]);
});

test('nobody gets past a damaged batch by asking again', async () => {
  const damaged = batchAt(1, 'b');
  damaged[damaged.length - 2] = 0xff;
  const partition = partitionWith(Buffer.concat([batchAt(0, 'a'), damaged, batchAt(2, 'c')]));
  expect(partition.take(1).batch.records).toHaveLength(1);
  for (let again = 0; again < 2; again++) {
    const error = await expectError(() => partition.take(1000), 'RECORD_INVALID');
    expect(error.context).toMatchObject({ topic: 'orders', partition: 1, offset: 1 });
    expect(partition.isReady).toBe(true);
  }
});
