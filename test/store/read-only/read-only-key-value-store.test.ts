import { describe, expect, test } from 'vitest';
import { Datum } from '../../../src/serde/datum.ts';
import { BufferedStore } from '../../../src/store/layers/buffered-store.ts';
import { memoryBackend } from '../../../src/store/memory/memory-backend.ts';
import {
  type KeyValueTimestamp,
  ReadOnlyKeyValueStore,
} from '../../../src/store/read-only/read-only-key-value-store.ts';
import { latin1Serde, storeSpec } from '../layers/store-samples.ts';

describe('a read-only store over two partitions', () => {
  test('gets a key from whichever partition has it', async () => {
    const store = await storeOver([{ a: '1', c: '3' }, { b: '2' }]);
    expect(store.get('a')).toBe('1');
    expect(store.get('b')).toBe('2');
    expect(store.get('x')).toBeNull();
    expect(store.getWithTimestamp('c')).toEqual({ key: 'c', value: '3', timestamp: 99 });
  });

  test('scans in the order of keys, whatever the partition', async () => {
    const store = await storeOver([
      { a: '1', c: '3', e: '5' },
      { b: '2', d: '4' },
    ]);
    expect(await keysOf(store.all())).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await keysOf(store.reverseAll())).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(await keysOf(store.range('b', 'd'))).toEqual(['b', 'c', 'd']);
    expect(await keysOf(store.reverseRange('b', null))).toEqual(['e', 'd', 'c', 'b']);
  });

  test('scans by prefix', async () => {
    const store = await storeOver([
      { ab: '1', b: '2' },
      { a: '3', ac: '4' },
    ]);
    expect(await keysOf(store.prefixScan('a', latin1Serde))).toEqual(['a', 'ab', 'ac']);
  });

  test('reads through all batches of each partition', async () => {
    const even = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [numbered(index * 2), '']));
    const odd = Object.fromEntries(Array.from({ length: 1200 }, (_, index) => [numbered(index * 2 + 1), '']));
    const store = await storeOver([even, odd]);
    expect(await keysOf(store.all())).toEqual([...Object.keys(even), ...Object.keys(odd)].sort());
    expect(await store.approximateNumEntries()).toBe(2700);
  });

  test('a loop left early can be followed by another', async () => {
    const store = await storeOver([{ a: '1', b: '2' }]);
    for await (const entry of store.all()) {
      expect(entry).toEqual({ key: 'a', value: '1', timestamp: 97 });
      break;
    }
    expect(await keysOf(store.all())).toEqual(['a', 'b']);
  });
});

/** The timestamp of an entry is its key's first character code. */
async function storeOver(
  partitions: readonly { [key: string]: string }[],
): Promise<ReadOnlyKeyValueStore<string, string>> {
  const stores = partitions.map(async (entries) => {
    const store = new BufferedStore(storeSpec(), await memoryBackend().open(''));
    for (const [key, value] of Object.entries(entries)) {
      store.put(Datum.ofValue(key), Datum.ofValue(value), key.charCodeAt(0));
    }
    return store;
  });
  return new ReadOnlyKeyValueStore(await Promise.all(stores));
}

async function keysOf(entries: AsyncIterable<KeyValueTimestamp<string, string>>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of entries) keys.push(key);
  return keys;
}

function numbered(index: number): string {
  return String(index).padStart(5, '0');
}
