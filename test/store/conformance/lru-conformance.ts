import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { string } from '../../../src/serde/string-serde.ts';
import type { StoreBackend } from '../../../src/store/engine.ts';
import { KeyValueStore, keyValueStore } from '../../../src/store/key-value-store.ts';
import { StoreHarness } from './store-harness.ts';
import { anyBetween, anyStoreKey, byKey, happens } from './store-steps.ts';

const MAX_ENTRIES = 3;

/** What every engine in memory must do for stores of bounded size. */
export function describeLruConformance(backend: StoreBackend, numRuns: number): void {
  const anyUse = fc.record({
    key: anyStoreKey,
    use: fc.constantFrom('put', 'put', 'get', 'delete'),
    between: anyBetween,
  });

  describe(`an LRU store over ${backend.name}`, () => {
    test('keeps what was read or written last, over commits, restarts and restores', async () => {
      const property = fc.asyncProperty(fc.array(anyUse, { maxLength: 40 }), async (uses) => {
        const spec = {
          ...keyValueStore<string, number>({ name: 's', keySerde: string(), storage: 'memory' }),
          maxEntries: MAX_ENTRIES,
        };
        await using harness = await StoreHarness.open(backend, spec);
        let store = new KeyValueStore<string, number>(harness.store('s'), harness);
        let rows: { key: string; value: number; timestamp: number }[] = [];
        for (const [time, { key, use, between }] of uses.entries()) {
          const found = rows.find((row) => row.key === key) ?? null;
          const others = rows.filter((row) => row.key !== key);
          if (use === 'get') {
            expect(store.getWithTimestamp(key)).toEqual(found);
            rows = found === null ? others : [...others, found];
          } else if (use === 'put') {
            store.put(key, time, time);
            rows = [...others, { key, value: time, timestamp: time }].slice(-MAX_ENTRIES);
          } else {
            store.delete(key);
            rows = others;
          }
          expect(await Array.fromAsync(store.all())).toEqual(rows.toSorted(byKey));
          if (!(await happens(between, harness))) continue;
          store = new KeyValueStore(harness.store('s'), harness);
          // Nothing else is known of them after a restart.
          rows = rows.toSorted((a, b) => a.timestamp - b.timestamp);
        }
      });
      await fc.assert(property, { numRuns });
    });
  });
}
