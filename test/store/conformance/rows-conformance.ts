import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json } from '../../../src/serde/json-serde.ts';
import { string } from '../../../src/serde/string-serde.ts';
import { withHeaders } from '../../../src/serde/with-headers.ts';
import type { StoreBackend } from '../../../src/store/engine.ts';
import { KeyValueStore, keyValueStore } from '../../../src/store/key-value-store.ts';
import type { StoreSpec } from '../../../src/store/store.ts';
import { StoreHarness } from './store-harness.ts';
import { anyBetween, anyStoreKey, byKey, happens, isWithin, KEYS } from './store-steps.ts';

/** What every engine must do for key-value stores. */
export function describeKeyValueConformance(backend: StoreBackend, numRuns: number): void {
  describe(`a key-value store over ${backend.name}`, () => {
    testRows(backend, { numRuns, spec: () => keyValueStore({ name: 'rows', keySerde: string() }), value: fc.nat(99) });
  });
}

/** What every engine must do for timestamped stores: all are. */
export function describeTimestampedConformance(backend: StoreBackend, numRuns: number): void {
  describe(`a timestamped store over ${backend.name}`, () => {
    testRows(backend, {
      numRuns,
      spec: () => keyValueStore({ name: 'rows', keySerde: string() }),
      value: fc.nat(9),
      timestamp: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.maxSafeInteger()),
    });

    test('a put without a time is at stream time, and at 0 before the first record', async () => {
      const spec = keyValueStore<string, number>({ name: 'rows', keySerde: string() });
      await using harness = await StoreHarness.open(backend, spec);
      const store = new KeyValueStore<string, number>(harness.store('rows'), harness);
      store.put('a', 1);
      expect(store.getWithTimestamp('a')?.timestamp).toBe(0);
      harness.streamTimeMs = 7;
      store.put('a', 2);
      expect(store.getWithTimestamp('a')?.timestamp).toBe(7);
    });
  });
}

/** What every engine must do for stores that keep headers (KIP-1271). */
export function describeHeadersConformance(backend: StoreBackend, numRuns: number): void {
  const header = fc.tuple(fc.string({ maxLength: 3 }), fc.option(fc.uint8Array({ maxLength: 3 }).map(Buffer.from)));
  describe(`a headers-aware store over ${backend.name}`, () => {
    testRows(backend, {
      numRuns,
      spec: () => keyValueStore<string, any>({ name: 'rows', keySerde: string(), valueSerde: withHeaders(json()) }),
      value: fc.record({ value: fc.nat(9), headers: fc.array(header, { maxLength: 3 }) }),
      timestamp: fc.integer({ min: 0, max: 9 }),
    });
  });
}

interface Rows {
  readonly numRuns: number;
  readonly spec: () => StoreSpec<string, any>;
  readonly value: fc.Arbitrary<unknown>;
  readonly timestamp?: fc.Arbitrary<number>;
}

function testRows(backend: StoreBackend, { numRuns, spec, value, timestamp = fc.constant(0) }: Rows): void {
  const anyPut = fc.record({
    key: anyStoreKey,
    value: fc.option(value, { freq: 4 }),
    timestamp,
    between: anyBetween,
  });

  test('has what a map would, by key, by range and by prefix, both ways, over commits, restarts and restores', async () => {
    const anyBound = fc.option(anyStoreKey);
    const anyPuts = fc.array(anyPut, { maxLength: 30 });
    const property = fc.asyncProperty(anyPuts, anyBound, anyBound, async (puts, from, to) => {
      await using harness = await StoreHarness.open(backend, spec());
      let store = new KeyValueStore<string, any>(harness.store('rows'), harness);
      const rows = new Map<string, { key: string; value: unknown; timestamp: number }>();
      for (const put of puts) {
        store.put(put.key, put.value, put.timestamp);
        if (put.value === null) rows.delete(put.key);
        else rows.set(put.key, { key: put.key, value: put.value, timestamp: put.timestamp });
        if (await happens(put.between, harness)) store = new KeyValueStore(harness.store('rows'), harness);
      }
      const all = [...rows.values()].toSorted(byKey);
      for (const key of KEYS) expect(store.getWithTimestamp(key)).toEqual(rows.get(key) ?? null);
      const within = all.filter(({ key }) => isWithin(key, from, to));
      expect(await Array.fromAsync(store.all())).toEqual(all);
      expect(await Array.fromAsync(store.reverseAll())).toEqual(all.toReversed());
      expect(await Array.fromAsync(store.range(from, to))).toEqual(within);
      expect(await Array.fromAsync(store.reverseRange(from, to))).toEqual(within.toReversed());
      const prefixed = all.filter(({ key }) => key.startsWith('a'));
      expect(await Array.fromAsync(store.prefixScan('a', string()))).toEqual(prefixed);
      expect(await Array.fromAsync(store.reversePrefixScan('a', string()))).toEqual(prefixed.toReversed());
    });
    await fc.assert(property, { numRuns });
  });
}
