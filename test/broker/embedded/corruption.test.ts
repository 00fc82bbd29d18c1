import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { MillraceError } from '../../../src/core/millrace-error.ts';
import { type Logger, silentLogger } from '../../../src/core/logger.ts';
import type { PartitionOffset } from '../../../src/broker/port.ts';
import { batchOf, expectError, valuesOf } from '../broker-harness.ts';
import { temporaryDirectory } from './embedded-harness.ts';

const VALUES = Array.from({ length: 12 }, (_, index) => `value-${index}`);
const PARTITION = join('topics', 'orders', '0');

/** A directory with twelve records in batches of two: four in each of the segments, and who knows where they are. */
async function prepare(directory: string, segmentBytes: number, close: boolean): Promise<void> {
  const broker = await EmbeddedBroker.open({
    directory,
    topicDefaults: { 'segment.bytes': segmentBytes },
    flushIntervalMs: 1e6,
  });
  await broker.admin.createTopics([{ name: 'orders', partitions: 1 }]);
  const producer = await broker.openProducer();
  for (let from = 0; from < VALUES.length; from += 2)
    await producer.send([batchOf('orders', 0, VALUES.slice(from, from + 2))]);
  if (close) await broker.close();
}

/** Reads record by record and returns the values before the first error. */
async function readUntilError(directory: string): Promise<{ values: string[]; error: unknown }> {
  const values: string[] = [];
  let broker: EmbeddedBroker | undefined;
  try {
    broker = await EmbeddedBroker.open({ directory });
    const consumer = await broker.openConsumer();
    const [end] = await broker.admin.listOffsets([{ topic: 'orders', partition: 0 }], 'latest');
    consumer.assign([{ topic: 'orders', partition: 0, offset: 0 }]);
    for (let position = 0; position < (end as PartitionOffset).offset;) {
      const { batches } = await consumer.poll({ maxWaitMs: 0, maxBytes: 1 });
      for (const { records, nextOffset } of batches) {
        values.push(...records.map(({ value }) => String(value)));
        position = nextOffset;
      }
    }
    return { values, error: undefined };
  } catch (error) {
    return { values, error };
  } finally {
    await broker?.close();
  }
}

describe('after a clean end', () => {
  test.each([300, 1_000_000])(
    'a bit changed anywhere in segments of %i bytes is an error with file and position, never other records',
    async (segmentBytes) => {
      await using directory = await temporaryDirectory();
      await prepare(directory.path, segmentBytes, true);
      const folder = join(directory.path, PARTITION);
      const files = readdirSync(folder);
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...files), fc.nat(), async (file, bit) => {
          const path = join(folder, file);
          const intact = readFileSync(path);
          const damaged = Buffer.from(intact);
          const at = bit % (damaged.length * 8);
          damaged[at >> 3] = (damaged[at >> 3] as number) ^ (1 << (at & 7));
          writeFileSync(path, damaged);
          const { values, error } = await readUntilError(directory.path);
          writeFileSync(path, intact);
          expect(values).toEqual(VALUES.slice(0, values.length));
          expect(values.length).toBeLessThan(VALUES.length);
          expect(error).toBeInstanceOf(MillraceError);
          expect(error).toMatchObject({ code: 'LOG_CORRUPTED', context: { file: path, position: expect.any(Number) } });
          // Everything before the damaged batch is still read.
          expect(values.length).toBeGreaterThanOrEqual(Number(file.slice(0, 20)));
        }),
        { numRuns: 60 },
      );
    },
  );

  test('a segment that was cut anywhere, or is missing, is an error', async () => {
    await using directory = await temporaryDirectory();
    await prepare(directory.path, 300, true);
    const folder = join(directory.path, PARTITION);
    for (const file of readdirSync(folder)) {
      const path = join(folder, file);
      const intact = readFileSync(path);
      for (const size of [0, 1, 100, intact.length >> 1, intact.length - 1]) {
        truncateSync(path, size);
        const { values, error } = await readUntilError(directory.path);
        expect(values).toEqual(VALUES.slice(0, values.length));
        expect(error, `${file} cut to ${size}`).toMatchObject({ code: 'LOG_CORRUPTED' });
        writeFileSync(path, intact);
      }
      rmSync(path);
      expect((await readUntilError(directory.path)).error, `${file} missing`).toMatchObject({ code: 'LOG_CORRUPTED' });
      writeFileSync(path, intact);
    }
    expect((await readUntilError(directory.path)).values).toEqual(VALUES);
  });

  test.each(['checkpoint', join('topics', 'orders', 'topic.json')])(
    'damage of %s is an error that names it',
    async (file) => {
      await using directory = await temporaryDirectory();
      await prepare(directory.path, 1_000_000, true);
      const path = join(directory.path, file);
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1] = 0;
      writeFileSync(path, bytes);
      const error = await expectError(() => EmbeddedBroker.open({ directory: directory.path }), 'LOG_CORRUPTED');
      expect(error.context['file']).toBe(path);
    },
  );
});

test.each(['checkpoint', join('topics', 'orders', 'topic.json')])(
  'a missing %s is an error, and what needs it stays',
  async (file) => {
    await using directory = await temporaryDirectory();
    await prepare(directory.path, 1_000_000, true);
    const path = join(directory.path, file);
    const bytes = readFileSync(path);
    rmSync(path);
    const error = await expectError(() => EmbeddedBroker.open({ directory: directory.path }), 'LOG_CORRUPTED');
    expect(error.context['file']).toBe(path);
    writeFileSync(path, bytes);
    expect((await readUntilError(directory.path)).values).toEqual(VALUES);
  },
);

describe('after a crash', () => {
  test('a batch cut short at the end is removed, and the log says so', async () => {
    await using directory = await temporaryDirectory();
    await crashed(directory.path);
    const file = join(directory.path, PARTITION, '00000000000000000000.log');
    const bytes = readFileSync(file);
    const position = bytes.lastIndexOf('MRB1');
    truncateSync(file, bytes.length - 1);
    const warnings: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (_message, fields) => warnings.push(fields) };
    const broker = await EmbeddedBroker.open({ directory: directory.path, logger });
    expect(await valuesOf(broker, 'orders')).toEqual(VALUES.slice(0, 10));
    expect(warnings).toEqual([{ file, position, bytes: bytes.length - 1 - position }]);
    await broker.close();
  });

  test('damage before an intact batch is an error, not a torn tail', async () => {
    await using directory = await temporaryDirectory();
    await crashed(directory.path);
    const file = join(directory.path, PARTITION, '00000000000000000000.log');
    const bytes = readFileSync(file);
    const at = bytes.length - 200;
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(file, bytes);
    const error = await expectError(() => EmbeddedBroker.open({ directory: directory.path }), 'LOG_CORRUPTED');
    expect(error.context['file']).toBe(file);
    expect(readFileSync(file)).toEqual(bytes);
  });

  /** Files as a process leaves them that was killed before it synced anything: those of one that is still there. */
  async function crashed(directory: string): Promise<void> {
    await using other = await temporaryDirectory();
    await prepare(other.path, 1_000_000, false);
    for (const file of [
      'checkpoint',
      'topics/orders/topic.json',
      'topics/orders/0/00000000000000000000.log',
      'topics/__group_offsets/topic.json',
    ]) {
      copy(join(other.path, file), join(directory, file));
    }
  }
});

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
