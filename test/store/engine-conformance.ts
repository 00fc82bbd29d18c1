import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EngineEntry, ScanRange, StoreBackend, StoreEngine } from '../../src/store/engine.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What every storage engine must do. */
export function describeEngineConformance(name: string, createBackend: () => StoreBackend): void {
  describe(`${name} engine`, () => {
    describeReadsAndWrites(createBackend);
    describeScans(createBackend);
    describeLifetime(createBackend);
  });
}

function describeReadsAndWrites(createBackend: () => StoreBackend): void {
  test('a new engine is empty and has no position', async () => {
    await using open = await openEngine(createBackend());
    expect(open.engine.position).toBeNull();
    expect(open.engine.get(bytes('a'))).toBeNull();
    expect(await read(open.engine, {})).toEqual([]);
    expect(await open.engine.approximateEntries()).toBe(0);
  });

  test('a value written is read back with its position', async () => {
    await using open = await openEngine(createBackend());
    await open.engine.write([put('a', '1'), put('b', '2')], 7);
    expect(open.engine.get(bytes('a'))).toEqual(bytes('1'));
    expect(open.engine.get(bytes('b'))).toEqual(bytes('2'));
    expect(open.engine.position).toBe(7);
  });

  test('a null value deletes, also what is not there', async () => {
    await using open = await openEngine(createBackend());
    await open.engine.write([put('a', '1')], 1);
    await open.engine.write([remove('a'), remove('b')], 2);
    expect(open.engine.get(bytes('a'))).toBeNull();
    expect(await open.engine.approximateEntries()).toBe(0);
  });

  test('of several writes to one key in a batch the last one counts', async () => {
    await using open = await openEngine(createBackend());
    await open.engine.write([put('a', '1'), remove('a'), put('a', '3'), put('b', '1'), remove('b')], 1);
    expect(open.engine.get(bytes('a'))).toEqual(bytes('3'));
    expect(open.engine.get(bytes('b'))).toBeNull();
  });

  test('an empty batch moves the position alone', async () => {
    await using open = await openEngine(createBackend());
    await open.engine.write([], 2 ** 52);
    expect(open.engine.position).toBe(2 ** 52);
    expect(await read(open.engine, {})).toEqual([]);
  });

  test.each(ODD_KEYS)('any bytes can be a key: %j', async (latin1) => {
    await using open = await openEngine(createBackend());
    await open.engine.write([put(latin1, 'odd'), put('m', '')], 3);
    expect(open.engine.get(bytes(latin1))).toEqual(bytes('odd'));
    expect(open.engine.get(bytes('m'))).toEqual(bytes(''));
    expect(await read(open.engine, {})).toEqual(
      latin1 < 'm'
        ? [
            [latin1, 'odd'],
            ['m', ''],
          ]
        : [
            ['m', ''],
            [latin1, 'odd'],
          ],
    );
    expect(open.engine.position).toBe(3);
  });

  test('keys of any length and any bytes are told apart', async () => {
    await using open = await openEngine(createBackend());
    const lengths = [1, 2, 63, 64, 65, 66, 127, 128, 129, 130, 500, 501, 5000, 5001];
    const keys = lengths.flatMap((length) => ['a', '\xe9'].map((letter) => letter.repeat(length)));
    const writes = keys.map((key) => put(key, String(key.length)));
    await open.engine.write(writes, 1);
    for (const { key, value } of writes) expect(open.engine.get(key)).toEqual(value);
    expect(open.engine.get(bytes('\xe9'.repeat(6000)))).toBeNull();
  });

  test('values hold any bytes', async () => {
    await using open = await openEngine(createBackend());
    const value = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 97) & 0xff));
    await open.engine.write([{ key: bytes('a'), value }], 1);
    expect(open.engine.get(bytes('a'))?.equals(value)).toBe(true);
    expect((await open.engine.scan({}).next())[0]?.value.equals(value)).toBe(true);
  });

  test('entries are counted about right', async () => {
    await using open = await openEngine(createBackend());
    await open.engine.write(numbered(25_000), 1);
    const { entries: known, bytes } = await open.engine.knownSize();
    // What is still in LevelDB's log counts for nothing yet.
    expect(known ?? bytes).toBeGreaterThanOrEqual(0);
    const entries = await open.engine.approximateEntries();
    expect(entries).toBeGreaterThan(8_000);
    expect(entries).toBeLessThan(60_000);
  });
}

function describeScans(createBackend: () => StoreBackend): void {
  test('keys come in the order of their unsigned bytes', async () => {
    await using open = await openEngine(createBackend());
    const keys = ['', '\0', '\0\0', '\x7f', '\x80', 'a', 'a\0', 'aa', 'b', '\xff', '\xff\0', '\xff\xff', ...ODD_KEYS];
    await open.engine.write(
      keys.map((key) => put(key, key)),
      1,
    );
    const sorted = [...new Set(keys)].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
    expect((await read(open.engine, {})).map(([key]) => key)).toEqual(sorted);
    expect((await read(open.engine, { reverse: true })).map(([key]) => key)).toEqual(sorted.toReversed());
  });

  test('a range includes its beginning and excludes its end, in either direction', async () => {
    await using open = await openEngine(createBackend());
    await open.engine.write(
      ['a', 'b', 'c', 'd'].map((key) => put(key, key)),
      1,
    );
    const range = { from: bytes('b'), to: bytes('d') };
    expect((await read(open.engine, range)).map(([key]) => key)).toEqual(['b', 'c']);
    expect((await read(open.engine, { ...range, reverse: true })).map(([key]) => key)).toEqual(['c', 'b']);
    expect(await read(open.engine, { from: bytes('d'), to: bytes('b') })).toEqual([]);
    expect(await read(open.engine, { from: bytes('d'), to: bytes('b'), reverse: true })).toEqual([]);
    expect(await read(open.engine, { from: bytes('b'), to: bytes('b') })).toEqual([]);
  });

  test.each([127, 128, 129, 1000, 1001, 2500])('a scan of %i entries gives each once', async (count) => {
    await using open = await openEngine(createBackend());
    const writes = numbered(count);
    await open.engine.write(writes, 1);
    const keys = writes.map(({ key }) => key.toString('latin1'));
    expect((await read(open.engine, {})).map(([key]) => key)).toEqual(keys);
    expect((await read(open.engine, { reverse: true })).map(([key]) => key)).toEqual(keys.toReversed());
  });

  test('a scan sees the engine as it was when it began', async () => {
    await using open = await openEngine(createBackend());
    const writes = numbered(2500);
    await open.engine.write(writes, 1);
    const forward = open.engine.scan({});
    const backward = open.engine.scan({ reverse: true });
    const seen = [...(await forward.next())];
    await open.engine.write([...writes.map(({ key }) => ({ key, value: null })), put('new', 'new')], 2);
    expect(await read(open.engine, {})).toEqual([['new', 'new']]);
    await drain(forward, seen);
    const seenBackward = await drain(backward, []);
    const before = writes.map(({ key, value }) => [key.toString('latin1'), value?.toString('latin1')]);
    expect(seen.map(({ key, value }) => [key.toString('latin1'), value.toString('latin1')])).toEqual(before);
    expect(seenBackward.map(({ key }) => key.toString('latin1'))).toEqual(before.map(([key]) => key).toReversed());
  });

  test('a cursor that was closed is at its end', async () => {
    await using open = await openEngine(createBackend());
    await open.engine.write(numbered(10), 1);
    const cursor = open.engine.scan({});
    await cursor.close();
    await cursor.close();
    expect(await cursor.next()).toEqual([]);
  });
}

function describeLifetime(createBackend: () => StoreBackend): void {
  test('after close every call says STORE_CLOSED, and closing again is no error', async () => {
    await using open = await openEngine(createBackend());
    const { engine } = open;
    await engine.write([put('a', '1')], 1);
    await engine.close();
    await engine.close();
    expect(() => engine.get(bytes('a'))).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
    await expect(engine.write([put('a', '2')], 2)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    expect(() => engine.scan({})).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
  });

  test('what was written outlives the engine if the backend is persistent', async () => {
    const backend = createBackend();
    await using directory = await temporaryDirectory();
    const first = await backend.open(join(directory.path, 'store'));
    await first.write([put('a', '1')], 5);
    await first.close();
    const second = await backend.open(join(directory.path, 'store'));
    expect(second.position).toBe(backend.persistent ? 5 : null);
    expect(second.get(bytes('a'))).toEqual(backend.persistent ? bytes('1') : null);
    await second.close();
  });

  test('destroy deletes what is kept; nothing there is no error', async () => {
    const backend = createBackend();
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'store');
    await backend.destroy(path);
    const first = await backend.open(path);
    await first.write([put('a', '1')], 5);
    await first.close();
    await backend.destroy(path);
    const second = await backend.open(path);
    expect(second.position).toBeNull();
    expect(second.get(bytes('a'))).toBeNull();
    await second.close();
  });
}

const ODD_KEYS = [
  '',
  '\0',
  '\xff',
  '\xff\xff\xff',
  '\xff\xfemillrace',
  '\xff\xfemillracE',
  '\xff\xfemillrac',
  '\xff\xfemillrace\0position',
  '\xff\xfemillrace\x01',
  '\xff\xfemillrace\xff',
];

async function openEngine(backend: StoreBackend): Promise<{ readonly engine: StoreEngine } & AsyncDisposable> {
  const directory = await temporaryDirectory();
  const engine = await backend.open(join(directory.path, 'store'));
  return {
    engine,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function read(engine: StoreEngine, range: ScanRange): Promise<[string, string][]> {
  const entries = await drain(engine.scan(range), []);
  return entries.map(({ key, value }) => [key.toString('latin1'), value.toString('latin1')]);
}

async function drain(cursor: ReturnType<StoreEngine['scan']>, into: EngineEntry[]): Promise<EngineEntry[]> {
  for (let batch = await cursor.next(); batch.length > 0; batch = await cursor.next()) into.push(...batch);
  await cursor.close();
  return into;
}

function numbered(count: number): { readonly key: Buffer; readonly value: Buffer }[] {
  return Array.from({ length: count }, (_, index) => {
    const text = String(index).padStart(8, '0');
    return { key: bytes(text), value: bytes(`value ${text}`) };
  });
}

function put(key: string, value: string): { readonly key: Buffer; readonly value: Buffer } {
  return { key: bytes(key), value: bytes(value) };
}

function remove(key: string): { readonly key: Buffer; readonly value: null } {
  return { key: bytes(key), value: null };
}

function bytes(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1');
}
