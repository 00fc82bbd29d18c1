import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyUpdates, runProgram, type Update } from './run-program.ts';

const anyNumbers = anyUpdates({ in: fc.integer({ min: -3, max: 9 }) });

interface Folded {
  readonly key: string;
  readonly value: unknown;
  readonly timestamp: number;
}

/** Every update of a fold, by the book: null values count for nothing, time is the latest since the key began. */
function fold<A>(updates: readonly Update<number>[], next: (aggregate: A | null, value: number) => A | null): Folded[] {
  const rows = new Map<string, { value: A; timestamp: number }>();
  const folded: Folded[] = [];
  for (const { key, value, timestamp } of updates) {
    if (key === null || value === null) continue;
    const old = rows.get(key);
    const result = next(old?.value ?? null, value);
    const latest = Math.max(timestamp, old?.timestamp ?? 0);
    if (result === null) rows.delete(key);
    else rows.set(key, { value: result, timestamp: latest });
    folded.push({ key, value: result, timestamp: latest });
  }
  return folded;
}

const plain = (records: readonly Folded[]): Folded[] =>
  records.map(({ key, value, timestamp }) => ({ key, value, timestamp }));

test('count emits the number of records of each key so far', async () => {
  await fc.assert(
    fc.asyncProperty(anyNumbers, async (updates) => {
      const records = await runProgram((builder) => {
        builder.stream<string, number>('in').groupByKey().count({ name: 'counts' }).toStream().to('out');
      }, updates);

      expect(plain(records as Folded[])).toEqual(fold<number>(updates, (count) => (count ?? 0) + 1));
    }),
  );
});

test('reduce emits the combination of the values of each key so far, and begins again after null', async () => {
  const reducer = (sum: number, value: number): number | null => (value === 0 ? null : sum + value);
  await fc.assert(
    fc.asyncProperty(anyNumbers, async (updates) => {
      const records = await runProgram((builder) => {
        builder.stream<string, number>('in').groupByKey().reduce(reducer, { name: 'sums' }).toStream().to('out');
      }, updates);

      const expected = fold<number>(updates, (sum, value) => (sum === null ? value : reducer(sum, value)));
      expect(plain(records as Folded[])).toEqual(expected);
    }),
  );
});

test('aggregate emits the fold of the values of each key so far, and begins again after null', async () => {
  const aggregator = (list: number[], value: number): number[] | null => (list.length === 3 ? null : [...list, value]);
  await fc.assert(
    fc.asyncProperty(anyNumbers, async (updates) => {
      const records = await runProgram((builder) => {
        builder
          .stream<string, number>('in')
          .groupByKey()
          .aggregate<number[]>({ initializer: () => [], aggregator, name: 'lists' })
          .toStream()
          .to('out');
      }, updates);

      expect(plain(records as Folded[])).toEqual(
        fold<number[]>(updates, (list, value) => aggregator(list ?? [], value)),
      );
    }),
  );
});

test('groupBy counts by the new key; records without one are left out', async () => {
  const groupOf = (value: number | null): string | null => (value === null || value < 0 ? null : `g${value % 2}`);
  await fc.assert(
    fc.asyncProperty(anyNumbers, async (updates) => {
      const records = await runProgram((builder) => {
        const groups = builder.stream<string, number | null>('in').groupBy((value) => groupOf(value) as string);
        groups.count({ name: 'by-parity' }).toStream().to('out');
      }, updates);

      const regrouped = updates.map((update) => ({ ...update, key: groupOf(update.value) }));
      expect(plain(records as Folded[])).toEqual(fold<number>(regrouped, (count) => (count ?? 0) + 1));
    }),
  );
});

test('regrouping the rows of an aggregation counts each key once', async () => {
  await fc.assert(
    fc.asyncProperty(anyNumbers, async (updates) => {
      const records = await runProgram((builder) => {
        const counts = builder.stream<string, number>('in').groupByKey().count({ name: 'counts' });
        counts
          .groupBy((count) => ['all', count])
          .count({ name: 'keys' })
          .toStream()
          .to('out');
      }, updates);

      const keys = new Set(updates.filter(({ value }) => value !== null).map(({ key }) => key));
      expect(records.at(-1)?.value ?? 0).toBe(keys.size);
    }),
  );
});
