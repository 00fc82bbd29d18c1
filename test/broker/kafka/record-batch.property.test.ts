import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConsumedRecord, ProducedRecord } from '../../../src/broker/port.ts';
import { type Compression } from '../../../src/broker/kafka/compression.ts';
import { FetchedRecords } from '../../../src/broker/kafka/fetched-records.ts';
import { writeInt64 } from '../../../src/broker/kafka/int64.ts';
import { identifyBatch, RecordBatchBuilder } from '../../../src/broker/kafka/record-batch-builder.ts';
import { expectError, record } from '../broker-harness.ts';

const field = fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
const records = fc.array(
  fc.record({
    key: field,
    value: field,
    timestamp: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 2 ** 42 })),
    headers: fc.array(fc.tuple(fc.string(), field), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const compressions = fc.constantFrom<Compression>('none', 'gzip', 'snappy', 'lz4', 'zstd');
const nobody = { producerId: -1, producerEpoch: -1, sequence: -1, transactional: false };

/** What a broker would have in its log: batches with offsets. */
function logOf(produced: readonly ProducedRecord[], limitBytes: number, compression: Compression): Buffer {
  const batches: Buffer[] = [];
  let offset = 0;
  let builder = new RecordBatchBuilder(limitBytes);
  const finish = () => {
    const batch = builder.build(compression);
    identifyBatch(batch, nobody);
    writeInt64(batch, offset, 0);
    batches.push(batch);
    offset += builder.count;
    builder = new RecordBatchBuilder(limitBytes);
  };
  for (const each of produced) {
    if (builder.append(each)) continue;
    finish();
    builder.append(each);
  }
  finish();
  return Buffer.concat(batches);
}

test('records come back as they were written, however batches are cut, compressed and taken', () => {
  fc.assert(
    fc.property(
      records,
      fc.integer({ min: 1, max: 5000 }),
      compressions,
      fc.integer({ min: 1, max: 3000 }),
      fc.nat(),
      (produced, limitBytes, compression, takeBytes, start) => {
        const fromOffset = start % produced.length;
        const bytes = logOf(produced, limitBytes, compression);
        const cut = bytes.subarray(0, bytes.length);
        const fetched = new FetchedRecords({ bytes: cut, aborted: [], fromOffset });
        expect(fetched.endOffset).toBe(produced.length);
        const seen: ConsumedRecord[] = [];
        while (!fetched.isEmpty) {
          const { records: some, nextOffset } = fetched.take(takeBytes);
          seen.push(...some);
          expect(nextOffset).toBe(fromOffset + seen.length);
        }
        expect(seen).toEqual(produced.map((each, offset) => ({ ...each, offset })).slice(fromOffset));
      },
    ),
  );
});

test('what is cut off at the end of an answer is left for the next one', () => {
  const produced = Array.from({ length: 10 }, (_, index) => record('k', `v${index}`));
  const bytes = logOf(produced, 1, 'none');
  for (let length = 0; length < bytes.length; length += 7) {
    const fetched = new FetchedRecords({ bytes: bytes.subarray(0, length), aborted: [], fromOffset: 0 });
    const whole = Math.floor(length / (bytes.length / produced.length));
    expect(fetched.endOffset).toBe(whole);
    if (whole > 0) expect(fetched.take(Infinity).records).toHaveLength(whole);
  }
});

test('a damaged batch is not read', async () => {
  const bytes = logOf([record('k', 'value')], 1000, 'none');
  for (let at = 17; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 0x10;
    const fetched = new FetchedRecords({ bytes: damaged, aborted: [], fromOffset: 0 });
    await expectError(() => fetched.take(1000), 'RECORD_INVALID');
  }
});
