import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BatchLimits,
  decodeBatch,
  encodeBatch,
  encodeCompactedBatch,
} from '../../../src/broker/embedded/batch-codec.ts';
import {
  type BatchHeader,
  inspectBatch,
  readBatchHeader,
  sealBatch,
} from '../../../src/broker/embedded/batch-header.ts';
import { varintBytes, VarintReader, writeVarint } from '../../../src/core/varint.ts';
import type { ConsumedRecord, ProducedRecord } from '../../../src/broker/port.ts';
import { expectError } from '../broker-harness.ts';

const LIMITS: BatchLimits = { maxRecordBytes: 1_000_000, keysRequired: false };

const bytes = fc.option(fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)));
const records: fc.Arbitrary<ProducedRecord[]> = fc.array(
  fc.record({
    key: bytes,
    value: bytes,
    timestamp: fc.oneof(fc.integer({ min: -1, max: 1000 }), fc.maxSafeNat()),
    headers: fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 5 }), bytes), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('a varint takes the bytes it says and reads back, up to 2^53', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 35 - 1, 2 ** 53)),
      (value) => {
        const buffer = Buffer.alloc(10);
        const end = writeVarint(buffer, 1, value);
        expect(end - 1).toBe(varintBytes(value));
        const reader = new VarintReader(buffer, 1);
        expect(reader.next()).toBe(value);
        expect(reader.position).toBe(end);
      },
    ),
  );
});

describe('a batch', () => {
  test('reads back as it was written, from any offset on', () => {
    fc.assert(
      fc.property(records, fc.nat(2 ** 40), fc.nat(8), (written, baseOffset, skip) => {
        const batch = sealed(written, baseOffset);
        const { header, read, nextOffset } = decode(batch, baseOffset + skip);
        const expected = written.map((record, index) => ({ ...record, offset: baseOffset + index }));
        expect(read).toEqual(expected.slice(skip));
        expect(nextOffset).toBe(baseOffset + written.length);
        expect(header).toMatchObject({ baseOffset, nextOffset, recordCount: written.length, length: batch.length });
        expect(header.maxTimestamp).toBe(Math.max(...written.map(({ timestamp }) => timestamp)));
      }),
    );
  });

  test('that was compacted keeps the offsets of its records', () => {
    fc.assert(
      fc.property(records, fc.array(fc.nat(3_000_000_000), { minLength: 8, maxLength: 8 }), (written, gaps) => {
        let offset = 10;
        const kept = written.map((record, index): ConsumedRecord => {
          offset += gaps[index] as number;
          return { ...record, offset: offset++ };
        });
        const batch = encodeCompactedBatch(kept, { baseOffset: 10, nextOffset: offset + 5, deleteHorizonMs: 7 });
        const { header, read, nextOffset } = decode(batch, 0);
        expect(read).toEqual(kept);
        expect(nextOffset).toBe(offset + 5);
        expect(header.deleteHorizonMs).toBe(7);
      }),
    );
  });

  test('may be empty after compaction', () => {
    const batch = encodeCompactedBatch([], { baseOffset: 3, nextOffset: 9, deleteHorizonMs: 0 });
    expect(inspectBatch(batch, 0)).toBe('intact');
    expect(decode(batch, 0)).toMatchObject({ read: [], nextOffset: 9 });
  });

  test('hands out at least one record and goes on where it stopped when few bytes are asked for', () => {
    fc.assert(
      fc.property(records, fc.nat(100), (written, maxBytes) => {
        const batch = sealed(written, 5);
        const header = readBatchHeader(batch, 0) as BatchHeader;
        const read: ConsumedRecord[] = [];
        let fromOffset = 5;
        while (fromOffset < header.nextOffset) {
          const before = read.length;
          fromOffset = decodeBatch({ bytes: batch, position: 0, header }, { fromOffset, maxBytes }, read).nextOffset;
          expect(read.length).toBeGreaterThan(before);
        }
        expect(read.map(({ offset }) => offset)).toEqual(written.map((_, index) => 5 + index));
      }),
    );
  });

  test('is not intact with any one bit changed', () => {
    fc.assert(
      fc.property(records, fc.nat(), (written, bit) => {
        const batch = sealed(written, 3);
        const at = bit % (batch.length * 8);
        batch[at >> 3] = (batch[at >> 3] as number) ^ (1 << (at & 7));
        expect(inspectBatch(batch, 0)).not.toBe('intact');
      }),
      { numRuns: 2000 },
    );
  });

  test('is not intact when any of it is missing', () => {
    fc.assert(
      fc.property(records, fc.nat(), (written, length) => {
        const batch = sealed(written, 3);
        expect(inspectBatch(batch.subarray(0, length % batch.length), 0)).toBe('incomplete');
      }),
    );
  });
});

describe('records that cannot be kept', () => {
  const record: ProducedRecord = { key: null, value: Buffer.alloc(10), timestamp: 1, headers: [] };

  test.each([0.5, -2, Number.NaN, 2 ** 53])('have the timestamp %s', async (timestamp) => {
    const error = await expectError(() => encodeBatch([record, { ...record, timestamp }], LIMITS), 'RECORD_INVALID');
    expect(error.context).toEqual({ record: 1 });
  });

  test('are larger than allowed', async () => {
    await expectError(() => encodeBatch([record], { ...LIMITS, maxRecordBytes: 14 }), 'RECORD_TOO_LARGE');
    expect(encodeBatch([record], { ...LIMITS, maxRecordBytes: 15 }).recordCount).toBe(1);
  });

  test('have no key where one is needed', async () => {
    await expectError(() => encodeBatch([record], { ...LIMITS, keysRequired: true }), 'RECORD_INVALID');
  });
});

function sealed(written: readonly ProducedRecord[], baseOffset: number): Buffer {
  const batch = encodeBatch(written, LIMITS).bytes;
  sealBatch(batch, { baseOffset, nextOffset: baseOffset + written.length, transactionId: 0 });
  expect(inspectBatch(batch, 0)).toBe('intact');
  return batch;
}

function decode(
  batch: Buffer,
  fromOffset: number,
): { header: BatchHeader; read: ConsumedRecord[]; nextOffset: number } {
  const header = readBatchHeader(batch, 0) as BatchHeader;
  const read: ConsumedRecord[] = [];
  const { nextOffset } = decodeBatch({ bytes: batch, position: 0, header }, { fromOffset, maxBytes: 1e9 }, read);
  return { header, read, nextOffset };
}
