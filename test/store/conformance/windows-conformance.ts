import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { string } from '../../../src/serde/string-serde.ts';
import type { Windowed } from '../../../src/serde/windowed-serde.ts';
import type { StoreBackend } from '../../../src/store/engine.ts';
import { SessionStore, sessionStore } from '../../../src/store/session-store.ts';
import { WindowStore, windowStore } from '../../../src/store/window-store.ts';
import { StoreHarness } from './store-harness.ts';
import { anyBetween, anyStoreKey, byKey, happens, isWithin, KEYS } from './store-steps.ts';

const RETENTION_MS = 16;
const SIZE_MS = 4;
const SPECS = {
  window: () =>
    windowStore<string, number>({ name: 's', keySerde: string(), windowSizeMs: SIZE_MS, retentionMs: RETENTION_MS }),
  session: () => sessionStore<string, number>({ name: 's', keySerde: string(), retentionMs: RETENTION_MS }),
};

interface Kept {
  readonly key: Windowed<string>;
  readonly value: number;
  readonly timestamp: number;
}

const anyPuts = fc.array(
  fc.record({
    key: anyStoreKey,
    start: fc.nat({ max: 40 }),
    length: fc.nat({ max: 5 }),
    value: fc.option(fc.nat(99), { freq: 4 }),
    between: anyBetween,
  }),
  { maxLength: 40 },
);
const anySpan = fc.tuple(fc.integer({ min: -2, max: 45 }), fc.integer({ min: 0, max: 45 }));
const anyBounds = fc.record({ from: fc.option(anyStoreKey), to: fc.option(anyStoreKey) });

/** Reads windows, but for those that have expired and are not removed yet. */
type Live = (windows: AsyncIterable<Kept>) => Promise<Kept[]>;

type Facade = WindowStore<string, number> | SessionStore<string, number>;

interface Kind<S extends Facade> {
  readonly name: keyof typeof SPECS;
  readonly open: (harness: StoreHarness) => S;
  /** The window that is put, and the time it is known by. */
  readonly windowOf: (put: { key: string; start: number; length: number }) => Windowed<string> & { end: number };
  readonly timeOf: (window: Windowed<string>) => number;
  readonly put: (store: S, window: Windowed<string> & { end: number }, value: number | null, timestamp: number) => void;
}

/** Puts and removes windows at random, and hands the store and what must be in it, in order of time, to `check`. */
async function afterPuts<S extends Facade>(
  backend: StoreBackend,
  kind: Kind<S>,
  puts: typeof anyPuts extends fc.Arbitrary<infer P> ? P : never,
  check: (store: S, kept: readonly Kept[], live: Live) => Promise<void>,
): Promise<void> {
  await using harness = await StoreHarness.open(backend, SPECS[kind.name]());
  let store = kind.open(harness);
  const kept = new Map<string, Kept>();
  let newest = -1;
  let dropped = 0;
  for (const [timestamp, put] of puts.entries()) {
    const window = kind.windowOf(put);
    const time = kind.timeOf(window);
    newest = Math.max(newest, time);
    kind.put(store, window, put.value, timestamp);
    const id = `${put.key}@${window.start}-${window.end}`;
    if (time <= newest - RETENTION_MS) dropped++;
    else if (put.value === null) kept.delete(id);
    else kept.set(id, { key: window, value: put.value, timestamp });
    await store.expire();
    if (await happens(put.between, harness)) store = kind.open(harness);
  }
  expect(harness.dropped).toHaveLength(dropped);
  await store.expire();
  const expected = [...kept.values()]
    .filter(({ key }) => kind.timeOf(key) > newest - RETENTION_MS)
    .toSorted((a, b) => kind.timeOf(a.key) - kind.timeOf(b.key) || a.key.start - b.key.start || byKey(a.key, b.key));
  const isLive = ({ key }: Kept): boolean => kind.timeOf(key) > newest - RETENTION_MS;
  await check(store, expected, async (windows) => (await Array.fromAsync(windows)).filter(isLive));
  // What has expired goes, though not at once.
  const all = await Array.fromAsync(store.fetchAll(0, 100));
  expect(all.filter(({ key }) => kind.timeOf(key) <= newest - RETENTION_MS - 2)).toEqual([]);
}

/** What every engine must do for window stores. */
export function describeWindowConformance(backend: StoreBackend, numRuns: number): void {
  const kind: Kind<WindowStore<string, number>> = {
    name: 'window',
    open: (harness) => new WindowStore('s', harness),
    windowOf: ({ key, start }) => ({ key, start, end: start + SIZE_MS }),
    timeOf: ({ start }) => start,
    put: (store, { key, start }, value, timestamp) => store.put(key, value, { start, timestamp }),
  };
  describe(`a window store over ${backend.name}`, () => {
    test('has what a list would, by key and by time, both ways, until it expires', async () => {
      const property = fc.asyncProperty(anyPuts, anySpan, anyBounds, (puts, [from, to], keys) =>
        afterPuts(backend, kind, puts, async (store, expected, live) => {
          const within = expected.filter(({ key: { start } }) => start >= from && start <= to);
          for (const name of KEYS) {
            const ofKey = within.filter(({ key }) => key.key === name);
            expect(await live(store.fetch(name, from, to))).toEqual(ofKey);
            expect(await live(store.backwardFetch(name, from, to))).toEqual(ofKey.toReversed());
          }
          const ofKeys = within.filter(({ key }) => isWithin(key.key, keys.from, keys.to));
          expect(await live(store.fetchKeys(keys, from, to))).toEqual(ofKeys);
          expect(await live(store.backwardFetchKeys(keys, from, to))).toEqual(ofKeys.toReversed());
          expect(await live(store.fetchAll(from, to))).toEqual(within);
          expect(await live(store.backwardFetchAll(from, to))).toEqual(within.toReversed());
          expect(await live(store.all())).toEqual(expected);
          expect(await live(store.backwardAll())).toEqual(expected.toReversed());
          for (const entry of expected) expect(store.getWithTimestamp(entry.key.key, entry.key.start)).toEqual(entry);
        }),
      );
      await fc.assert(property, { numRuns });
    });
  });
}

/** What every engine must do for session stores. */
export function describeSessionConformance(backend: StoreBackend, numRuns: number): void {
  const kind: Kind<SessionStore<string, number>> = {
    name: 'session',
    open: (harness) => new SessionStore('s', harness),
    windowOf: ({ key, start, length }) => ({ key, start, end: start + length }),
    timeOf: ({ end }) => end as number,
    put: (store, session, value, timestamp) => store.put(session, value, timestamp),
  };
  describe(`a session store over ${backend.name}`, () => {
    test('has what a list would, by key and by time, both ways, until it expires', async () => {
      const property = fc.asyncProperty(anyPuts, anySpan, anyBounds, (puts, [earliestEnd, latestStart], keys) =>
        afterPuts(backend, kind, puts, async (store, expected, live) => {
          const bounds = { earliestEnd, latestStart };
          const within = expected.filter(
            ({ key: { start, end } }) => (end as number) >= earliestEnd && start <= latestStart,
          );
          for (const name of KEYS) {
            const ofKey = within.filter(({ key }) => key.key === name);
            expect(await live(store.findSessions(name, bounds))).toEqual(ofKey);
            expect(await live(store.backwardFindSessions(name, bounds))).toEqual(ofKey.toReversed());
            const all = expected.filter(({ key }) => key.key === name);
            expect(await live(store.fetch(name))).toEqual(all);
            expect(await live(store.backwardFetch(name))).toEqual(all.toReversed());
          }
          const ofKeys = within.filter(({ key }) => isWithin(key.key, keys.from, keys.to));
          expect(await live(store.fetchKeys(keys, bounds))).toEqual(ofKeys);
          expect(await live(store.backwardFetchKeys(keys, bounds))).toEqual(ofKeys.toReversed());
          expect(await live(store.fetchAll(0, 100))).toEqual(expected);
          expect(await live(store.backwardFetchAll(0, 100))).toEqual(expected.toReversed());
          for (const entry of expected) {
            const { key, start, end } = entry.key;
            expect(store.getWithTimestamp(key, start, end as number)).toEqual(entry);
          }
        }),
      );
      await fc.assert(property, { numRuns });
    });
  });
}
