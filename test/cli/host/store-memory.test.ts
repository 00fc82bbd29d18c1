import { topology } from 'millrace';
import { expect, test } from 'vitest';
import { shareStoreMemory } from '../../../src/cli/host/store-memory.ts';
import { applicationOptions, type ApplicationOptionInput } from '../../../src/config/application-options.ts';
import { parseOptions } from '../../../src/config/options.ts';
import { mebibytes } from '../../../src/core/bytes.ts';

const counting = (names: readonly string[]) =>
  topology(`counting-${names.join('-')}`, (builder) => {
    for (const name of names) builder.stream(`of-${name}`).groupByKey().count({ name }).toStream().to(`to-${name}`);
  });

const share = (stores: number, options: ApplicationOptionInput = {}) => {
  const names = Array.from({ length: stores }, (_, index) => `s${index}`);
  return shareStoreMemory(
    [counting(names.slice(1)), counting(names.slice(0, 1))],
    parseOptions(applicationOptions, options),
  );
};

/** What all stores of all tasks take at most: decoded entries take about twice their bytes, and there are two write buffers. */
function most(stores: number, partitions: number, options: ApplicationOptionInput = {}): number {
  const { storeCacheBytes, levelDb } = share(stores, { ...options, partitions });
  return stores * partitions * (2 * storeCacheBytes + levelDb.blockCacheBytes + 2 * levelDb.writeBufferBytes);
}

test('many stores of many partitions share what is allowed', () => {
  expect(most(16, 4)).toBe(mebibytes(512));
  expect(most(15, 4)).toBeGreaterThan(mebibytes(500));
  expect(most(15, 4, { storeMemoryBytes: mebibytes(2000) })).toBeGreaterThan(mebibytes(1900));
});

test('few stores take no more than makes them faster', () => {
  expect(share(2, { partitions: 1 })).toEqual({
    storeCacheBytes: mebibytes(16),
    levelDb: { blockCacheBytes: mebibytes(32), writeBufferBytes: mebibytes(16) },
  });
});

test('a cache that is switched off stays so, and write buffers never get useless', () => {
  expect(share(2, { storeCacheBytes: 0 }).storeCacheBytes).toBe(0);
  expect(share(2, { storeMemoryBytes: 1 }).levelDb.writeBufferBytes).toBe(mebibytes(1));
});
