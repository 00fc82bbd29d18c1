import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buffer } from '../../src/serde/buffer-serde.ts';
import { Datum } from '../../src/serde/datum.ts';
import { json } from '../../src/serde/json-serde.ts';
import { readTime } from '../../src/serde/time-bytes.ts';
import { times } from '../../src/serde/times-serde.ts';
import type { Windowed } from '../../src/serde/windowed-serde.ts';
import { BufferedStore } from '../../src/store/layers/buffered-store.ts';
import { MemoryEngine } from '../../src/store/memory/memory-engine.ts';
import { sessionKeySerde, timeWindowKeySerde } from '../../src/store/window-key.ts';
import { IndexedWindows } from '../../src/store/indexed-windows.ts';

const KINDS = ['sliding', 'session'] as const;

/** Windows of keys that are prefixes of each other, some added and removed again, with commits between. */
const anyChanges = fc.array(
  fc.record({
    key: fc.constantFrom('', 'a', 'ab', '\0', 'é'),
    start: fc.nat({ max: 20 }),
    length: fc.nat({ max: 5 }),
    change: fc.constantFrom('create', 'create', 'remove', 'commit'),
  }),
  { maxLength: 60 },
);

function open(kind: (typeof KINDS)[number]): {
  store: IndexedWindows<Buffer, number>;
  commit: () => Promise<void>;
} {
  const spec = { kind: 'key-value', storage: 'persistent', logged: true, scans: true } as const;
  const keySerde = kind === 'session' ? sessionKeySerde(buffer()) : timeWindowKeySerde(buffer(), (start) => start);
  const windows = new BufferedStore<Windowed<Buffer>, number>(
    {
      ...spec,
      name: 'windows',
      keySerde,
      valueSerde: json<number>(),
      shape: { kind: kind === 'session' ? 'session' : 'window', index: 'index', listed: true, retentionMs: null },
    },
    new MemoryEngine(),
  );
  const index = new BufferedStore(
    { ...spec, name: 'index', keySerde: buffer(), valueSerde: times() },
    new MemoryEngine(),
  );
  const commit = async (): Promise<void> => {
    for (const store of [windows, index]) {
      store.seal();
      await store.flush(0);
    }
  };
  return { store: new IndexedWindows(windows, () => index), commit };
}

test.each(KINDS)('%s windows are found by key and by time, in order, and those of no other key', async (kind) => {
  await fc.assert(
    fc.asyncProperty(anyChanges, fc.nat({ max: 20 }), fc.nat({ max: 25 }), async (changes, timeFrom, startTo) => {
      const { store, commit } = open(kind);
      const known = new Map<string, { key: string; start: number; time: number; value: number }>();
      for (const [value, { key, start, length, change }] of changes.entries()) {
        if (change === 'commit') await commit();
        const time = kind === 'session' ? start + length : start;
        const bytes = Buffer.from(key);
        const window = kind === 'session' ? store.session(bytes, start, time) : store.timeWindow(bytes, start);
        const id = JSON.stringify([key, start, time]);
        if (change === 'create' && !known.has(id)) {
          store.create(window, Datum.ofValue(value), time);
          known.set(id, { key, start, time, value });
        } else if (change === 'remove' && known.delete(id)) {
          store.remove(window, time);
        }
      }
      const inOrder = [...known.values()].toSorted((a, b) => a.time - b.time || a.start - b.start);

      for (const key of ['', 'a', 'ab', '\0', 'é']) {
        const found = store.windowsOf(Buffer.from(key), timeFrom, startTo);
        const ofKey = inOrder.filter((one) => one.key === key && one.time >= timeFrom);
        // Sessions of a key do not overlap: the first that starts too late is followed by such only.
        const end = ofKey.findIndex(({ start }) => start > startTo);
        expect(found.map(({ start, time, datum }) => ({ start, time, value: datum.value }))).toEqual(
          ofKey.slice(0, end === -1 ? undefined : end).map(({ start, time, value }) => ({ start, time, value })),
        );
      }

      const cursor = store.indexed({ from: timeFrom, to: timeFrom + 5 });
      const indexed: object[] = [];
      for (let batch = await cursor.next(); batch.length > 0; batch = await cursor.next()) {
        for (const { key } of batch) {
          const window = store.windowAt(key.value);
          indexed.push({ key: String(window.value.key), start: window.value.start, time: readTime(key.value, 0) });
        }
      }
      const inSpan = inOrder.filter(({ time }) => time >= timeFrom && time <= timeFrom + 5);
      const byKey = (a: { key: string }, b: { key: string }): number => Buffer.from(a.key).compare(Buffer.from(b.key));
      const expected = inSpan
        .toSorted((a, b) => a.time - b.time || a.start - b.start || byKey(a, b))
        .map(({ key, start, time }) => ({ key, start, time }));
      expect(indexed.slice(0, expected.length)).toEqual(expected);
      expect(indexed.length - expected.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 150 },
  );
});
