import { describe, expect, test } from 'vitest';
import { Datum } from '../../../src/serde/datum.ts';
import type { Serde } from '../../../src/serde/serde.ts';
import type { StoreEngine } from '../../../src/store/engine.ts';
import { BufferedStore } from '../../../src/store/layers/buffered-store.ts';
import { memoryBackend } from '../../../src/store/memory/memory-backend.ts';
import { latin1Serde, readAll, storeSpec, utf8Serde } from './store-samples.ts';

describe('a buffered store', () => {
  test('serializes a key that is overwritten once per commit', async () => {
    const { store, valueSerde } = await openStore();
    for (let count = 1; count <= 100; count++) store.put(Datum.ofValue('a'), Datum.ofValue(String(count)), count);
    expect(valueSerde.serialized).toBe(0);
    expect(store.seal()).toEqual([{ key: Buffer.from('a'), value: Buffer.from('100'), timestamp: 100 }]);
    await store.flush(1);
    expect(valueSerde.serialized).toBe(1);
  });

  test('deserializes a value that is read again and again once', async () => {
    const { engine, valueSerde } = await openStore();
    await writeThrough(engine, 'a', '1');
    const store = new BufferedStore(storeSpec({ valueSerde }), engine);
    for (let count = 0; count < 10; count++) expect(store.get(Datum.ofValue('a'))?.datum.value).toBe('1');
    expect(valueSerde.deserialized).toBe(1);
  });

  test('a value that was just committed needs no deserializing', async () => {
    const { store, valueSerde } = await openStore();
    store.put(Datum.ofValue('a'), Datum.ofValue('1'), 5);
    store.seal();
    await store.flush(1);
    expect(store.get(Datum.ofValue('a'))).toMatchObject({ timestamp: 5 });
    expect(store.get(Datum.ofValue('a'))?.datum.value).toBe('1');
    expect(valueSerde.deserialized).toBe(0);
  });

  test('keeps what was read, and nothing that was only written, where its spec says so', async () => {
    const engine = await memoryBackend().open('unused');
    const store = new BufferedStore(storeSpec({ caches: 'reads' }), engine);
    store.put(Datum.ofValue('a'), Datum.ofValue('1'), 5);
    store.seal();
    await store.flush(1);
    expect(store.cacheBytes).toBe(0);
    expect(store.get(Datum.ofValue('a'))?.datum.value).toBe('1');
    expect(store.cacheBytes).toBeGreaterThan(0);
    store.put(Datum.ofValue('a'), Datum.ofValue('2'), 6);
    store.seal();
    await store.flush(2);
    expect(store.get(Datum.ofValue('a'))?.datum.value).toBe('2');
    expect(store.engineGets).toBe(2);
  });

  test('sends the bytes a value came in with to the changelog', async () => {
    const { store, valueSerde } = await openStore();
    const bytes = Buffer.from('1');
    store.put(Datum.ofValue('a'), Datum.ofBytes(bytes, valueSerde), 5);
    expect(store.seal()[0]?.value).toBe(bytes);
  });

  test('does not keep a fetched batch alive for a slice of it', async () => {
    const { store, valueSerde } = await openStore();
    const batch = Buffer.alloc(1024 * 1024, 'x');
    store.put(Datum.ofValue('a'), Datum.ofBytes(batch.subarray(10, 20), valueSerde), 5);
    store.seal();
    await store.flush(1);
    const kept = store.get(Datum.ofValue('a'))?.datum.bytes(valueSerde) as Buffer;
    expect(kept.toString()).toBe('xxxxxxxxxx');
    expect(kept.buffer).not.toBe(batch.buffer);
  });

  test('seals in the order of the first puts, tombstones included', async () => {
    const { store } = await openStore();
    store.put(Datum.ofValue('b'), Datum.ofValue('1'), 1);
    store.put(Datum.ofValue('a'), null, -2);
    store.put(Datum.ofValue('b'), Datum.ofValue('3'), 3);
    expect(store.seal()).toEqual([
      { key: Buffer.from('b'), value: Buffer.from('3'), timestamp: 3 },
      { key: Buffer.from('a'), value: null, timestamp: -2 },
    ]);
  });

  test('refuses to seal while a sealed generation is not flushed', async () => {
    const { store } = await openStore();
    store.seal();
    expect(() => store.seal()).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    await store.flush(1);
    expect(store.seal()).toEqual([]);
  });

  test('a flush with nothing sealed moves the position', async () => {
    const { store, engine } = await openStore();
    await store.flush(41);
    expect([store.position, engine.position]).toEqual([41, 41]);
  });

  test('goes on reading what was sealed when its flush failed', async () => {
    const { store, engine } = await openStore();
    store.put(Datum.ofValue('a'), Datum.ofValue('1'), 5);
    store.seal();
    await engine.close();
    await expect(store.flush(1)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    expect(store.get(Datum.ofValue('a'))?.datum.value).toBe('1');
    expect(() => store.seal()).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  test('the latest record of a key counts when restored, also over what was read before', async () => {
    const { store } = await openStore();
    await store.restore([record('a', '1', 1), record('b', '1', 1)], 2);
    expect(store.get(Datum.ofValue('a'))?.datum.value).toBe('1');
    await store.restore([record('a', '2', 2), record('b', null, 2), record('a', '3', 3)], 5);
    expect(await readAll(store.scanRange(null, null))).toEqual([{ key: 'a', value: '3', timestamp: 3 }]);
    expect(store.get(Datum.ofValue('a'))?.timestamp).toBe(3);
    expect(store.get(Datum.ofValue('b'))).toBeNull();
    expect(store.position).toBe(5);
  });

  test('scans without waiting over an engine that need not', async () => {
    const { store } = await openStore();
    store.put(Datum.ofValue('a'), Datum.ofValue('1'), 5);
    const cursor = store.scanPrefix(Buffer.from('a'));
    expect(cursor.next()).toHaveLength(1);
    expect(cursor.next()).toEqual([]);
    expect(cursor.close()).toBeUndefined();
  });

  test('a scan does not see what is put after it began', async () => {
    const { store } = await openStore();
    store.put(Datum.ofValue('a'), Datum.ofValue('1'), 5);
    const cursor = store.scanRange(null, null);
    store.put(Datum.ofValue('a'), Datum.ofValue('2'), 6);
    store.put(Datum.ofValue('b'), Datum.ofValue('2'), 6);
    expect(await readAll(cursor)).toEqual([{ key: 'a', value: '1', timestamp: 5 }]);
  });

  test('counts its dirty bytes until they are sealed', async () => {
    const { store } = await openStore();
    expect(store.bufferedBytes).toBe(0);
    store.put(Datum.ofValue('a'), Datum.ofValue('x'.repeat(10_000)), 1);
    const first = store.bufferedBytes;
    expect(first).toBeGreaterThan(0);
    store.put(Datum.ofValue('a'), Datum.ofValue('y'.repeat(10_000)), 2);
    expect(store.bufferedBytes).toBe(first);
    store.seal();
    expect(store.bufferedBytes).toBe(0);
    store.put(Datum.ofValue('a'), Datum.ofValue('z'.repeat(10_000)), 3);
    expect(store.bufferedBytes).toBeGreaterThan(10_000);
  });

  test('says STORE_CLOSED after close, which may be called again', async () => {
    const { store } = await openStore();
    await store.close();
    await store.close();
    expect(() => store.get(Datum.ofValue('a'))).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
    expect(() => store.put(Datum.ofValue('a'), Datum.ofValue('1'), 1)).toThrow(
      expect.objectContaining({ code: 'STORE_CLOSED' }),
    );
    expect(() => store.scanRange(null, null)).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
  });
});

/** Counts what it does. */
class CountingSerde implements Serde<string> {
  readonly name = 'counting';
  serialized = 0;
  deserialized = 0;

  serialize(value: string): Buffer {
    this.serialized++;
    return utf8Serde.serialize(value);
  }

  deserialize(bytes: Buffer): string {
    this.deserialized++;
    return utf8Serde.deserialize(bytes);
  }
}

interface OpenStore {
  readonly store: BufferedStore<string, string>;
  readonly engine: StoreEngine;
  readonly valueSerde: CountingSerde;
}

async function openStore(): Promise<OpenStore> {
  const engine = await memoryBackend().open('');
  const valueSerde = new CountingSerde();
  return { engine, valueSerde, store: new BufferedStore(storeSpec({ valueSerde }), engine) };
}

async function writeThrough(engine: StoreEngine, key: string, value: string): Promise<void> {
  await new BufferedStore(storeSpec(), engine).restore([record(key, value, 1)], 1);
}

function record(key: string, value: string | null, timestamp: number) {
  return { key: latin1Serde.serialize(key), value: value === null ? null : Buffer.from(value), timestamp };
}
