import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { string } from '../../../src/serde/string-serde.ts';
import type { StoreBackend } from '../../../src/store/engine.ts';
import { VersionedStore, versionedStore } from '../../../src/store/versioned-store.ts';
import { StoreHarness } from './store-harness.ts';
import { anyBetween, anyStoreKey, happens, KEYS } from './store-steps.ts';

const RETENTION_MS = 15;
const spec = () => versionedStore<string, number>({ name: 's', keySerde: string(), historyRetentionMs: RETENTION_MS });

const anyPuts = fc.array(
  fc.record({
    key: anyStoreKey,
    value: fc.option(fc.nat(99), { freq: 3 }),
    timestamp: fc.nat({ max: 40 }),
    between: anyBetween,
  }),
  { maxLength: 40 },
);

/** What every engine must do for versioned stores (KIP-889). */
export function describeVersionedConformance(backend: StoreBackend, numRuns: number): void {
  describe(`a versioned store over ${backend.name}`, () => {
    test('knows each row as it was at each time within its history, as a list of all puts would', async () => {
      const property = fc.asyncProperty(anyPuts, fc.nat({ max: 45 }), fc.nat({ max: 45 }), async (puts, from, to) => {
        await using harness = await StoreHarness.open(backend, spec());
        let store = new VersionedStore<string, number>('s', harness);
        const known = new Map<string, Map<number, number | null>>(KEYS.map((key) => [key, new Map()]));
        let newest = -1;
        for (const { key, value, timestamp, between } of puts) {
          const refused = timestamp < newest - RETENTION_MS;
          newest = Math.max(newest, timestamp);
          const versions = known.get(key) as Map<number, number | null>;
          const isLatest = timestamp >= Math.max(-1, ...versions.keys());
          const outcome = store.put(key, value, timestamp);
          if (refused) expect(outcome).toBe('refused');
          // A delete that is older than the history is forgotten: then what comes is the latest again.
          else if (isLatest) expect(outcome).toBe('latest');
          if (!refused) versions.set(timestamp, value);
          await store.expire();
          if (await happens(between, harness)) store = new VersionedStore('s', harness);
        }
        for (const [key, versions] of known) {
          const list = listOf(versions);
          expect(store.get(key)).toEqual(list.at(-1)?.validTo === null ? (list.at(-1)?.value ?? null) : null);
          for (let time = newest - RETENTION_MS; time <= newest + 1; time++) {
            const expected = list.find(
              ({ timestamp, validTo }) => timestamp <= time && (validTo === null || time < validTo),
            );
            expect(await store.getAsOf(key, time)).toEqual(expected ?? null);
          }
          const known = Math.max(from, newest - RETENTION_MS);
          const within = list.filter(
            ({ timestamp, validTo }) => timestamp <= to && (validTo === null || validTo > known),
          );
          if (known <= to) {
            expect(await Array.fromAsync(store.history(key, known, to))).toEqual(within);
            expect(await Array.fromAsync(store.backwardHistory(key, known, to))).toEqual(within.toReversed());
          }
        }
      });
      await fc.assert(property, { numRuns });
    });
  });
}

/** The rows of a key, without its deletes, from the first to the last. */
function listOf(
  versions: ReadonlyMap<number, number | null>,
): { value: number; timestamp: number; validTo: number | null }[] {
  const inOrder = [...versions].toSorted(([a], [b]) => a - b);
  return inOrder.flatMap(([timestamp, value], index) => {
    const validTo = inOrder[index + 1]?.[0] ?? null;
    return value === null ? [] : [{ value, timestamp, validTo }];
  });
}
