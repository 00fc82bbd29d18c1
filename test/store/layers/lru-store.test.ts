import { describe, expect, test } from 'vitest';
import { Datum } from '../../../src/serde/datum.ts';
import { integer } from '../../../src/serde/integer-serde.ts';
import { string } from '../../../src/serde/string-serde.ts';
import type { StoreEngine } from '../../../src/store/engine.ts';
import type { BufferedStore } from '../../../src/store/layers/buffered-store.ts';
import { createStore } from '../../../src/store/layers/create-store.ts';
import { MemoryEngine } from '../../../src/store/memory/memory-engine.ts';

const spec = {
  kind: 'key-value',
  name: 'bounded',
  keySerde: string(),
  valueSerde: integer(),
  storage: 'memory',
  scans: false,
  logged: true,
  maxEntries: 2,
} as const;

function put(store: BufferedStore<string, number>, key: string, value: number | null, timestamp = 0): void {
  store.put(Datum.ofValue(key), value === null ? null : Datum.ofValue(value), timestamp);
}

function get(store: BufferedStore<string, number>, key: string): number | null {
  return store.get(Datum.ofValue(key))?.datum.value ?? null;
}

/** Looks through a scan, which is no use of an entry. */
async function all(store: BufferedStore<string, number>): Promise<string> {
  const cursor = store.scanRange(null, null);
  let keys = '';
  for (let batch = await cursor.next(); batch.length > 0; batch = await cursor.next()) {
    for (const { key } of batch) keys += key.value;
  }
  return keys;
}

describe('a store of two entries', () => {
  test('puts out the one that was read or written longest ago', async () => {
    const store = createStore(spec, new MemoryEngine());
    put(store, 'a', 1);
    put(store, 'b', 2);
    expect(get(store, 'a')).toBe(1);
    put(store, 'c', 3);
    expect(await all(store)).toBe('ac');
    put(store, 'a', 4);
    put(store, 'd', 5);
    expect(await all(store)).toBe('ad');
  });

  test('has room again after a delete, and reads of what is not there use nothing', async () => {
    const store = createStore(spec, new MemoryEngine());
    put(store, 'a', 1);
    put(store, 'b', 2);
    put(store, 'a', null);
    expect(get(store, 'x')).toBeNull();
    put(store, 'c', 3);
    expect(await all(store)).toBe('bc');
  });

  test('writes a tombstone to the changelog for what it puts out', async () => {
    const store = createStore(spec, new MemoryEngine());
    put(store, 'a', 1);
    store.seal();
    await store.flush(1);
    put(store, 'b', 2);
    put(store, 'c', 3);
    const records = store.seal().map(({ key, value }) => [key.toString(), value === null]);
    expect(records).toEqual([
      ['b', false],
      ['c', false],
      ['a', true],
    ]);
  });

  test('after a restart goes by the time of its entries, and keeps its bound', async () => {
    const engine: StoreEngine = new MemoryEngine();
    const first = createStore(spec, engine);
    put(first, 'a', 1, 20);
    put(first, 'b', 2, 10);
    first.seal();
    await first.flush(2);

    const second = createStore(spec, engine);
    put(second, 'c', 3, 30);
    expect(await all(second)).toBe('ac');
  });
});
